(() => {
  // The width of an image beside the page is the number of the last renewal:
  // a page opened from a file may load that, and nothing in an image can run.
  const { stamp, beat } = document.documentElement.dataset;
  const element = (id) => document.getElementById(id);
  const again = () => {
    const look = document.querySelector(".looks > input:checked");
    history.replaceState({ look: look && look.id }, "");
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
  const before = history.state && element(history.state.look);
  if (before) before.checked = true;
  later();
})();
