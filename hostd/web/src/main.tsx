import { render } from "preact";
import { App } from "./components/app.tsx";
import { startApp } from "./stores/app.ts";

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no element with the id app");
render(<App />, root);
startApp();
