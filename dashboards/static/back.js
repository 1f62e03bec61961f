// The way back leads to the dashboard as it was left in this tab, with everything chosen there.
const left = sessionStorage.getItem("board");

if (left) document.getElementById("back").href = left;
