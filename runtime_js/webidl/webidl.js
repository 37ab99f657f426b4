// https://webidl.spec.whatwg.org/
// The shape of interfaces and the conversion of arguments, done once for every file of the runtime.
//
// An interface is an ordinary class, followed by one call of `defineInterface`:
// - its state is in #private fields, and every member touches one: that is the brand check. A member that
//   does not need any says `void this.#field`. A promise-returning member is `async`, so that it rejects.
// - optional parameters have defaults, so that `length` is right; `requireArguments` asks for the others.
// - arguments are converted in the order of the parameters, dictionary members in that of their names.
// - a class that the runtime makes objects of in another way than scripts, or that inherits, stays hidden: what is
//   exported under its name is what `constructorOf`, `quickConstructorOf` or `closedConstructorOf` gives for it.

export { closedConstructorOf, constructorOf, quickConstructorOf } from './constructor.js';
export { defineInterface, isInterface, isPlatformObject, requireArguments } from './interface.js';
export { definePairIterable } from './iterable.js';
export {
  toByteString, toCallback, toDictionary, toDOMString, toDouble, toEnum, toInteger, toSequence, toUSVString,
} from './types.js';
