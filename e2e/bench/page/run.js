// Runs the job that the page's address names and posts its result; the answer
// tells where to go next. Each job has a page of its own, of another site, so
// that the browser gives it a new process: no heap and no compiled code of
// another contestant is there.
import { contestants } from "./contestants.js";
import { runProgram } from "./program.js";
import { Sum } from "./sum.js";

const id = new URLSearchParams(location.search).get("job");
const job = await (await fetch(`/job/${id}`)).json();
const measure = { burst, growth: burst, block, heap, latency, decode }[job.section];

let over = false;
let timer;

// The server learns that the page is there while a job takes long.
const alive = setInterval(() => fetch(`/alive/${id}`, { method: "POST" }), 5000);

addEventListener("error", (event) => fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => fail(event.reason));
patience();
try {
	await measure();
} catch (error) {
	fail(error);
}

function patience() {
	clearTimeout(timer);
	timer = setTimeout(() => fail(`nothing for ${job.timeout / 1000} s`), job.timeout);
}

function fail(reason) {
	finish({ error: reason?.message ?? String(reason) });
}

async function finish(result) {
	if (over) {
		return;
	}
	over = true;
	clearTimeout(timer);
	clearInterval(alive);
	result.browser = await browserVersion();
	const response = await fetch(`/result/${id}`, { method: "POST", body: JSON.stringify(result) });
	const next = await response.text();
	if (next !== "") {
		location.replace(next);
	}
}

async function browserVersion() {
	const values = await navigator.userAgentData?.getHighEntropyValues(["fullVersionList"]);
	const brands = values?.fullVersionList ?? [];
	const brand = brands.find(({ brand }) => brand === "Google Chrome") ?? brands.find(({ brand }) => brand === "Chromium");
	return brand ? `${brand.brand} ${brand.version}` : navigator.userAgent;
}

// openGate lets the server send the next events; the time begins right before.
function openGate() {
	patience();
	const start = performance.now();
	fetch(`/go/${id}`, { method: "POST" });
	return start;
}

// start runs the contestant. The hooks get what it tells and when it told it.
function start(hooks) {
	if (job.program !== "") {
		return runProgram(job, (name, value, now) => hooks[name]?.(value, now));
	}
	const gate = {};
	for (const name of ["listening", "ready", "done", "tick"]) {
		gate[name] = (value) => hooks[name]?.(value, performance.now());
	}
	return contestants[job.contestant](job, gate);
}

// burst: how long from before the gate to the last event's handler.
function burst() {
	let begun = 0;
	return start({
		ready() {
			setTimeout(() => {
				begun = openGate();
			}, job.settle);
		},
		done(value, now) {
			finish({ ms: now - begun, ...value });
		},
	});
}

// block: how long the event loop did not turn, seen by messages that the page
// posts to itself all the time.
function block() {
	const { port1, port2 } = new MessageChannel();
	let last = 0;
	let longest = 0;
	port1.onmessage = () => {
		const now = performance.now();
		longest = Math.max(longest, now - last);
		last = now;
		if (!over) {
			port2.postMessage(0);
		}
	};
	let begun = 0;
	return start({
		ready() {
			setTimeout(() => {
				last = performance.now();
				port2.postMessage(0);
				begun = openGate();
			}, job.settle);
		},
		done(value, now) {
			setTimeout(() => finish({ ms: now - begun, gap: longest, ...value }));
		},
	});
}

// heap: what Go and JavaScript hold, at every gate.
function heap() {
	const held = [];
	const take = ({ go, sum, stats }) => {
		setTimeout(async () => {
			gc();
			await new Promise((resolve) => setTimeout(resolve, 50));
			gc();
			held.push({
				events: stats.Events,
				go_live: go.live,
				go_heap: go.sys,
				go_memory: runProgram.memory.buffer.byteLength,
				javascript: performance.memory.usedJSHeapSize,
			});
			if (held.length <= job.gates) {
				openGate();
			} else {
				finish({ heap: held, sum });
			}
		});
	};
	return start({ ready: take, done: take });
}

// latency: from when the server wrote an event to when its handler has it. The
// handler takes that time by a clock of its own, since to tell the page takes a program
// as long as the way to the handler does. How far that clock is off the page's, the
// quickest telling shows: what it took is still counted against the program.
function latency() {
	const ticks = [];
	let off = Infinity;
	return start({
		listening() {
			openGate();
		},
		tick({ sent, handled }, now) {
			off = Math.min(off, now - handled);
			ticks.push(handled - sent);
			if (ticks.length === job.warm + job.count) {
				const took = ticks.map((ms) => performance.timeOrigin + off + ms);
				finish({ latency: took.slice(job.warm) });
			}
		},
	});
}

// decode: the same texts decoded by a program and by JSON.parse, in rounds.
async function decode() {
	const lines = (await (await fetch(job.stream)).text()).trimEnd().split("\n");
	// Flat strings, as an event's data is: what split returns are views of one.
	const texts = lines.map((line) => JSON.parse(JSON.stringify(line)));
	const rounds = { codec: [], encoding_json: [], parse: [] };
	const sums = {};
	let begun = 0;
	const took = (name) => (value, now) => {
		rounds[name].push(now - begun);
		sums[name] = value;
		patience();
	};
	await start({
		begin() {
			begun = performance.now();
		},
		codec: took("codec"),
		encoding_json: took("encoding_json"),
		parse() {
			const sum = new Sum();
			const add = job.kind === "book" ? (v) => sum.book(v) : (v) => sum.quote(v);
			const begun = performance.now();
			for (let i = 0; i < job.repeat; i++) {
				for (const text of texts) {
					add(JSON.parse(text));
				}
			}
			rounds.parse.push(performance.now() - begun);
			sums.parse = sum;
		},
		decoded() {
			finish({ decode: rounds, sums });
		},
	});
}
