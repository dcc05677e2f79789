(() => {
  // The width of an image beside the page is the number of the last renewal:
  // a page opened from a file may load that, and nothing in an image can run.
  const { stamp, beat } = document.documentElement.dataset;
  const element = (id) => document.getElementById(id);
  const again = () => {
    const looks = [...document.querySelectorAll(".looks > input:checked")];
    const closed = [...document.querySelectorAll(".language:not([open])")];
    const ids = (elements) => elements.map(({ id }) => id);
    history.replaceState({ looks: ids(looks), closed: ids(closed) }, "");
    location.reload();
  };
  const look = () => {
    const image = new Image();
    image.onload = () => (image.naturalWidth === Number(stamp) ? later() : again());
    image.onerror = () => {
      element("renewing").hidden = true;
      element("ended").hidden = false;
    };
    image.src = beat + "?" + Date.now();
  };
  const later = () => setTimeout(look, 500);
  // The mail is shown as it was before the renewal.
  const { looks = [], closed = [] } = history.state || {};
  for (const before of looks.map(element)) if (before) before.checked = true;
  for (const before of closed.map(element)) if (before) before.open = false;
  later();
})();
