"use strict";

// Runs /main.wasm, in the page or in a worker that the page starts with this
// same script, and hands its output to the runner.
(async () => {
	const inPage = typeof document !== "undefined";
	const run = await (await fetch("/run.json")).json();

	// The runner is told by synchronous requests: they keep the order, and
	// arrive even when the program never returns to the event loop. They go to
	// another host, so that streams which the tests hold open do not take up
	// the connections that the browser allows for one.
	const tell = (path, body) => {
		const request = new XMLHttpRequest();
		request.open("POST", run.runner + path, false);
		request.send(body);
		return request.responseText;
	};

	let over = false;
	const fault = (error, fatal) => {
		if (over) {
			return; // a file operation that the program ended in finds it gone
		}
		flush();
		tell(`/fault?fatal=${fatal}`, error?.stack ?? String(error));
	};
	// A trap leaves the program in pieces: it will never exit.
	const isTrap = (error) => error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
	addEventListener("error", (event) => fault(event.error ?? event.message, isTrap(event.error)));
	addEventListener("unhandledrejection", (event) => fault(event.reason, isTrap(event.reason)));

	// The Go runtime writes a panic in many small pieces: they are gathered to
	// lines, or to what there is when the program next waits.
	let pending = [];
	let pendingTo = 0;
	const flush = () => {
		if (pending.length === 0) {
			return;
		}
		const output = new Blob(pending);
		pending = [];
		tell(`/output?fd=${pendingTo}`, output);
	};
	const newline = 10;
	const writeSync = (fd, bytes) => {
		if (fd !== pendingTo) {
			flush();
			pendingTo = fd;
		}
		if (pending.length === 0) {
			setTimeout(flush);
		}
		pending.push(bytes.slice());
		if (bytes.includes(newline)) {
			flush();
		}
		return bytes.length;
	};

	const call = (op, given, body) => {
		const question = encodeURIComponent(JSON.stringify({ op, ...given }));
		const { code, value } = JSON.parse(tell(`/file?call=${question}`, body));
		if (code) {
			throw Object.assign(new Error(code), { code });
		}
		return value;
	};

	if (inPage && run.worker) {
		new Worker("/run.js").addEventListener("error", (event) => {
			event.preventDefault();
			fault(event.message, true);
		});
		return;
	}

	const load = (source) => new Promise((resolve, reject) => {
		const script = document.createElement("script");
		script.src = source;
		script.onload = resolve;
		script.onerror = () => reject(new Error(`loading ${source}`));
		document.head.append(script);
	});

	try {
		if (inPage) {
			await load("/wasm_exec.js");
			await load("/files.js");
		} else {
			importScripts("/wasm_exec.js", "/files.js");
		}
		hostFiles(call, writeSync, run);
		const go = new Go();
		go.argv = run.args;
		go.env = run.env;
		go.exit = (code) => {
			flush();
			over = true;
			tell(`/exit?code=${code}`);
		};
		const { instance } = await WebAssembly.instantiateStreaming(fetch("/main.wasm"), go.importObject);
		// Not synchronously: a profile begins in the event loop.
		await fetch(run.runner + "/started", { method: "POST" });
		await go.run(instance);
	} catch (error) {
		fault(error, true);
	}
})();
