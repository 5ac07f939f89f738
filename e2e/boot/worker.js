"use strict";

// Runs /main.wasm in the worker that boot.js started.
importScripts("/wasm_exec.js");

addEventListener("message", ({ data }) => {
	if (data?.e2e === "hide") {
		// Workers have no PageTransitionEvent.
		dispatchEvent(Object.assign(new Event("pagehide"), { persisted: false }));
	} else if (data?.e2e === "live") {
		const live = globalThis[Symbol.for("runnel.live")];
		let goroutines = "", ended = false;
		try {
			goroutines = live?.goroutines?.();
		} catch {
			ended = true;
		}
		postMessage({ e2e: "live", live: { callbacks: live?.callbacks, listeners: live?.listeners, goroutines, ended, types: live?.types } });
	}
});

(async () => {
	const go = new Go();
	go.argv = ["program", location.search.slice(1)];
	let code = 0;
	go.exit = (c) => { code = c; };
	const { instance } = await WebAssembly.instantiateStreaming(fetch("/main.wasm"), go.importObject);
	postMessage({ e2e: "running" });
	await go.run(instance);
	// Timers that the program has stopped, or did not wait for, would still
	// wake its runtime and fail, though nobody calls the program.
	go._scheduledTimeouts.forEach((id) => clearTimeout(id));
	go._scheduledTimeouts.clear();
	postMessage({ e2e: "ended", code });
})();
