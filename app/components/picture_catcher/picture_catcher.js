// A pasted or dropped picture is put into the page's file uploader, and so goes the same way as a chosen file.

function hand(file) {
  const input = document.querySelector("[data-testid=stFileUploader] input[type=file]");
  if (!input) return;
  const files = new DataTransfer();
  files.items.add(file);
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
}

// A picture from the clipboard has no name of its own.
function catchPaste(event) {
  const file = pictureIn(event.clipboardData);
  if (!file) return;
  event.preventDefault();
  const ending = file.type.slice("image/".length);
  hand(
    new File([file], file.name && file.name !== `image.${ending}` ? file.name : `pasted.${ending}`, {
      type: file.type,
    }),
  );
}

function makeCatcher(parentElement) {
  const { root } = byPart(parentElement);
  const inUploader = (event) => event.target.closest?.("[data-testid=stFileUploader]");
  const isFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (event) => {
    if (!isFile(event) || inUploader(event)) return;
    event.preventDefault();
    root.classList.add("over");
  };
  const leave = () => root.classList.remove("over");
  const drop = (event) => {
    leave();
    if (!isFile(event) || inUploader(event)) return;
    event.preventDefault(); // else the browser leaves the page to show the picture
    const file = pictureIn(event.dataTransfer) ?? event.dataTransfer.files[0];
    if (file) hand(file);
  };
  const handlers = { paste: catchPaste, dragover: over, dragleave: leave, drop };
  for (const [name, handler] of Object.entries(handlers)) document.addEventListener(name, handler);
  root.dataset.listens = "";
  return {
    leave: () => {
      for (const [name, handler] of Object.entries(handlers)) document.removeEventListener(name, handler);
    },
  };
}

export default function ({ parentElement, setStateValue }) {
  const catcher = instanceOf(parentElement, () => {
    navigator.mediaDevices?.enumerateDevices().then((devices) => {
      if (devices.some(({ kind }) => kind === "videoinput")) setStateValue("camera", true);
    });
    return makeCatcher(parentElement);
  });
  return catcher.leave;
}
