// The stage asks on the page; the server is asked here, and its news are told to the stage.

export default function ({ data: bytes, parentElement, setStateValue }) {
  const feed = instanceOf(parentElement, () => {
    const made = {};
    const silences = [
      hear("start-training", ({ request }) => made.send("start", request)),
      hear("stop-training", ({ request }) => made.send("stop", request)),
    ];
    made.leave = () => {
      for (const silence of silences) silence();
      forget("training", made.told);
    };
    return made;
  });
  feed.send = setStateValue;
  if (feed.bytes !== bytes) {
    feed.bytes = bytes;
    feed.told = unpack(bytes);
    tell("training", feed.told);
  }
  return feed.leave;
}
