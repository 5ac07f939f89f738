// Starts the Go program of this page and says so, in place, where it cannot
// start or has ended. The page itself is drawn by that program.
"use strict";

(() => {
	const program = "/demo.wasm";
	let leaving = false; // the page is going away: the program's end is no news
	let ended = false; // the program has ended: nothing may call it any more

	addEventListener("pagehide", (event) => {
		leaving = !event.persisted;
	});

	start();

	async function start() {
		try {
			const go = newProgram();
			const { instance } = await WebAssembly.instantiateStreaming(load(), go.importObject);
			await go.run(instance);
		} catch (error) {
			// A failure of the running program has been told by then.
			if (!ended) {
				tell("The program of this page cannot be loaded.", reasonOf(error), "Load the page again to try once more.");
			}
		}
	}

	async function load() {
		const response = await fetch(program).catch((error) => {
			throw new Error(`${program} cannot be fetched (${error.message})`);
		});
		if (!response.ok) {
			throw new Error(`the server answered ${response.status} ${response.statusText} for ${program}`);
		}
		const type = response.headers.get("Content-Type") ?? "";
		if (type.split(";")[0].trim() !== "application/wasm") {
			throw new Error(`the server calls ${program} "${type}" instead of "application/wasm"`);
		}
		return response;
	}

	// newProgram returns a Go whose end, however it comes, is noticed once.
	function newProgram() {
		if (typeof WebAssembly !== "object") {
			throw new Error("this browser has no WebAssembly, or it is switched off");
		}
		if (typeof Go !== "function") {
			throw new Error("/wasm_exec.js cannot be loaded");
		}
		const go = new Go();
		const lastWords = listenForLastWords();
		go.exit = (code) => end(go, code, lastWords());
		const resume = go._resume;
		go._resume = () => {
			if (ended) {
				return; // a listener or timer that outlived the program
			}
			try {
				resume.call(go);
			} catch (error) {
				end(go, -1, reasonOf(error)); // WebAssembly itself has failed
				throw error;
			}
		};
		const run = go.run;
		go.run = (instance) => run.call(go, instance).catch((error) => {
			end(go, -1, reasonOf(error));
			throw error;
		});
		return go;
	}

	// listenForLastWords watches what the program writes to its standard error,
	// which still goes to the console, and returns what tells why it ended: the
	// line a panic begins with, or else the last line.
	function listenForLastWords() {
		const decoder = new TextDecoder();
		let first = "";
		let last = "";
		let rest = "";
		const write = fs.writeSync;
		fs.writeSync = function (fd, bytes) {
			if (fd === 2) {
				const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
				rest = lines.pop();
				for (const line of lines) {
					first ||= /^(panic|fatal error|runtime): /.test(line) ? line : "";
					last = line || last;
				}
			}
			return write.call(fs, fd, bytes);
		};
		return () => first || rest || last;
	}

	function end(go, code, words) {
		if (ended) {
			return;
		}
		ended = true;
		// Without this a timer of the program would try for ever to wake it.
		for (const timer of go._scheduledTimeouts.values()) {
			clearTimeout(timer);
		}
		go._scheduledTimeouts.clear();
		if (!leaving) {
			const title = code === 0 ? "The program of this page has ended." : "The program of this page has failed.";
			tell(title, words, "What is shown is no longer live. Load the page again to start anew.");
		}
	}

	function reasonOf(error) {
		return error instanceof Error ? error.message : String(error);
	}

	// tell shows what happened in the place kept for it, which a screen reader
	// reads out, and takes the controls away that would do nothing.
	function tell(title, reason, remedy) {
		const failure = document.getElementById("failure");
		const strong = document.createElement("strong");
		strong.textContent = title;
		const why = document.createElement("code");
		why.textContent = reason;
		failure.replaceChildren(strong, " ", why, " ", remedy);
		why.hidden = !reason;
		failure.hidden = false;
		const state = document.getElementById("state");
		state.textContent = "not running";
		state.dataset.state = "failed";
		document.getElementById("state-detail").textContent = "";
		for (const control of document.querySelectorAll("button[type=button], fieldset")) {
			control.disabled = true;
		}
	}
})();
