// Runs a program in Go with the job as its argument. What it reports goes to
// take(name, value, now), where now is when it came.
export async function runProgram(job, take) {
	globalThis.reports = Object.assign([], {
		push(text) {
			const now = performance.now();
			const { name, value } = JSON.parse(text);
			take(name, value, now);
		},
	});
	let words = "";
	const decoder = new TextDecoder();
	fs.writeSync = (_, bytes) => {
		words += decoder.decode(bytes, { stream: true });
		return bytes.length;
	};
	const go = new Go();
	go.argv = [job.program, JSON.stringify(job)];
	let code = 0;
	go.exit = (c) => {
		code = c;
	};
	const { instance } = await WebAssembly.instantiateStreaming(fetch(`/${job.program}.wasm`), go.importObject);
	runProgram.memory = instance.exports.mem;
	await go.run(instance);
	if (code !== 0) {
		throw new Error(`the program has ended with code ${code}: ${words.trim()}`);
	}
}
