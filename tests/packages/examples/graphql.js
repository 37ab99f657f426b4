import { GraphQLObjectType, GraphQLSchema, GraphQLString, graphql } from 'graphql';

const hello = { type: GraphQLString, resolve: () => 'world' };
const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { hello } }) });

for (const source of ['{ hello }', '{ absent }']) console.log(JSON.stringify(await graphql({ schema, source })));
