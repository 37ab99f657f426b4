// What a package leaves out: a file or module that its package.json maps to false for browsers.

export default {};
