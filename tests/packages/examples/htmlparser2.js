import { Parser } from 'htmlparser2';

const parser = new Parser({
  onopentag: (name, attributes) => console.log('open', name, JSON.stringify(attributes)),
  ontext: (text) => console.log('text', text),
  onclosetag: (name) => console.log('close', name),
});

parser.write("Xyz <script type='text/javascript'>const foo = '<<bar>>';</script>");
parser.end('&amp;<br>');
