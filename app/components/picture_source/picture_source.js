// Tells the page's image player of a picture. It is a component of its own because a component's data is sent
// whole: a large picture shall not travel again whenever a number beside it changes.

const sources = new WeakMap();

export default function ({ data: bytes, parentElement }) {
  const { version, ...picture } = unpack(bytes);
  const before = sources.get(parentElement);
  if (before?.version !== version) {
    sources.set(parentElement, { version, picture });
    tell("picture", picture);
  }
  return () => forget("picture", sources.get(parentElement).picture);
}
