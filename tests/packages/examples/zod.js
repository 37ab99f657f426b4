import * as z from 'zod';

const Player = z.object({ name: z.string(), xp: z.number() });

console.log(JSON.stringify(Player.parse({ name: 'billie', xp: 100, other: 1 })));
try {
  Player.parse({ name: 42, xp: '100' });
} catch (error) {
  console.log(error instanceof z.ZodError, error.issues.map(({ path, code }) => `${path} ${code}`).join());
}
