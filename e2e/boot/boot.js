"use strict";

// The default page's own script: it runs /main.wasm here, or in a worker when
// the query or the app says so, and shows what became of it in #program.
(() => {
	const program = document.getElementById("program");
	const inWorker = "worker" in document.body.dataset || new URLSearchParams(location.search).has("worker");

	globalThis.reports = [];

	const ended = (code) => {
		globalThis.exitCode = code;
		program.textContent = `exited with code ${code}`;
		if (code !== 0) {
			console.warn("exit code:", code);
		}
	};

	const runHere = async () => {
		const go = new Go();
		go.argv = ["program", location.search.slice(1)];
		let code = 0;
		go.exit = (c) => { code = c; };
		const { instance } = await WebAssembly.instantiateStreaming(fetch("/main.wasm"), go.importObject);
		program.textContent = "running";
		await go.run(instance);
		// Timers that the program has stopped, or did not wait for, would still
		// wake its runtime and fail, though nobody calls the program.
		go._scheduledTimeouts.forEach((id) => clearTimeout(id));
		go._scheduledTimeouts.clear();
		ended(code);
	};

	const runInWorker = () => {
		const worker = new Worker("/worker.js" + location.search);
		const asked = [];
		worker.addEventListener("message", ({ data }) => {
			if (data?.report !== undefined) {
				reports.push(data.report);
			} else if (data?.e2e === "running") {
				program.textContent = "running";
			} else if (data?.e2e === "ended") {
				ended(data.code);
			} else if (data?.e2e === "live") {
				asked.shift()(data.live);
			}
		});
		// What the harness asks at the end of a test.
		globalThis.e2eWorker = {
			hide: () => worker.postMessage({ e2e: "hide" }),
			live: () => new Promise((resolve) => {
				asked.push(resolve);
				worker.postMessage({ e2e: "live" });
			}),
		};
	};

	if (inWorker) {
		runInWorker();
		return;
	}
	const script = document.createElement("script");
	script.src = "/wasm_exec.js";
	script.onload = () => runHere().catch((error) => {
		program.textContent = `failed: ${error}`;
		throw error;
	});
	document.head.append(script);
})();
