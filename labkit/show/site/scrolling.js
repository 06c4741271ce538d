// What is wider than its place scrolls sideways: the keyboard can get there, too.

for (const one of document.querySelectorAll("pre, table, .jp-OutputArea-output")) {
  if (one.scrollWidth > one.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(one).overflowX)) one.tabIndex = 0;
}
