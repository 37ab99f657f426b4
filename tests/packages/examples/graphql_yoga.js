import { createSchema, createYoga } from 'graphql-yoga';

const yoga = createYoga({
  schema: createSchema({
    typeDefs: 'type Query { hello(name: String): String }',
    resolvers: { Query: { hello: (_, { name }) => `Hello ${name ?? 'Yoga'}!` } },
  }),
});

export default { fetch: yoga.fetch };
