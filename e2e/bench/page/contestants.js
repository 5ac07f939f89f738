// The contestants in JavaScript. Each gets the job and a gate to tell: listening
// when it listens, ready when the events before the first gate are here, done
// when those behind it are, tick for an event that tells when it was sent, with the
// time at which its handler had it.
import { Sum } from "./sum.js";

// meter returns a function that takes the data of each event.
function meter(job, gate) {
	let sum = new Sum();
	let warm = job.warm === 0;
	const look = () => {
		if (!warm && sum.count === job.warm) {
			warm = true;
			sum = new Sum();
			gate.ready();
		} else if (warm && sum.count === job.count) {
			gate.done({ sum });
		}
	};
	switch (job.kind) {
		case "tick":
			return (data) => {
				const { sent } = JSON.parse(data);
				gate.tick({ sent, handled: performance.now() });
			};
		case "book":
			return (data) => {
				sum.book(JSON.parse(data));
				look();
			};
		default:
			return (data) => {
				sum.quote(JSON.parse(data));
				look();
			};
	}
}

// counter takes amounts until there are as many as before and behind the gate.
function counter(warm, count, gate, sum) {
	let n = 0;
	return (amount) => {
		n += amount;
		if (n === warm) {
			gate.ready();
		} else if (n === warm + count) {
			gate.done(sum(count));
		}
	};
}

// An EventSource with a listener that does nothing but count.
function js_eventsource_noop(job, gate) {
	const count = counter(job.warm, job.count, gate, (count) => ({ count }));
	const source = new EventSource(job.stream);
	source.addEventListener(job.kind, () => count(1));
	gate.listening();
}

// An EventSource and JSON.parse.
function js_eventsource(job, gate) {
	const take = meter(job, gate);
	const source = new EventSource(job.stream);
	source.addEventListener(job.kind, (event) => take(event.data));
	gate.listening();
}

// The same, and it reads the ID of each event too.
function js_eventsource_ids(job, gate) {
	const take = meter(job, gate);
	const source = new EventSource(job.stream);
	let ids = 0;
	source.addEventListener(job.kind, (event) => {
		ids += event.lastEventId.length;
		take(event.data);
	});
	gate.listening();
}

// The floor: the bytes, read and counted, and nothing done with them.
async function js_fetch_bytes(job, gate) {
	const count = counter(job.warmBytes, job.bytes, gate, (bytes) => ({ bytes }));
	const response = await fetch(job.stream);
	const reader = response.body.getReader();
	gate.listening();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) {
			return;
		}
		count(value.length);
	}
}

// fetch, the npm package eventsource-parser, and JSON.parse.
async function js_parser(job, gate) {
	const { createParser } = await import("eventsource-parser");
	const take = meter(job, gate);
	const parser = createParser({
		onEvent(event) {
			if (event.event === job.kind) {
				take(event.data);
			}
		},
	});
	const response = await fetch(job.stream);
	const reader = response.body.getReader();
	const decoder = new TextDecoder();
	gate.listening();
	for (;;) {
		const { done, value } = await reader.read();
		if (done) {
			return;
		}
		parser.feed(decoder.decode(value, { stream: true }));
	}
}

// The npm package @microsoft/fetch-event-source, and JSON.parse.
async function js_fetch_event_source(job, gate) {
	const { fetchEventSource } = await import("@microsoft/fetch-event-source");
	const take = meter(job, gate);
	gate.listening();
	await fetchEventSource(job.stream, {
		openWhenHidden: true,
		onmessage(event) {
			if (event.event === job.kind) {
				take(event.data);
			}
		},
	});
}

export const contestants = {
	js_eventsource_noop,
	js_eventsource,
	js_eventsource_ids,
	js_fetch_bytes,
	js_parser,
	js_fetch_event_source,
};
