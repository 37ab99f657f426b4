import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { hello: { type: GraphQLString, resolve: () => 'world' } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      greetings: {
        type: GraphQLString,
        async *subscribe() {
          for (const hi of ['Hi', 'Bonjour', 'Hola']) yield { greetings: hi };
        },
      },
    },
  }),
});
const server = makeServer({ schema });

export default {
  fetch(request) {
    const { response, socket } = upgradeWebSocket(request, { protocol: GRAPHQL_TRANSPORT_WS_PROTOCOL });
    let closed;

    socket.onopen = () => {
      closed = server.opened({
        protocol: socket.protocol,
        send: (data) => socket.send(data),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          socket.onmessage = (event) => take(event.data);
        },
      }, {});
    };
    socket.onclose = (event) => closed?.(event.code, event.reason);

    return response;
  },
};
