// Brand checks of interfaces that are evaluated lazily (lazy.js), for files that must not evaluate them to ask:
// until their file sets the check, nobody has an instance.

const never = () => false;

/** @type {(value: unknown) => value is Blob} */
export let isBlob = never;
/** @type {(value: unknown) => value is FormData} */
export let isFormData = never;
/** @type {(value: unknown) => value is MessagePort} */
export let isMessagePort = never;

export function setBlobBrand(test) {
  isBlob = test;
}

export function setFormDataBrand(test) {
  isFormData = test;
}

export function setMessagePortBrand(test) {
  isMessagePort = test;
}
