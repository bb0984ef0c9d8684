const YEAR = 365 * 24 * 60 * 60; // s

export default function ({ data: bytes }) {
  const { name, number } = unpack(bytes);
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${number}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}
