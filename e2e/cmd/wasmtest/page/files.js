"use strict";

// The host's files for package os: what wasm_exec.js expects as globalThis.fs,
// process and path, by synchronous calls of the runner. call(op, arguments,
// body) returns the result or throws an error with a code.
globalThis.hostFiles = (call, writeSync, run) => {
	let cwd = run.directory;
	const absolute = (path) => (path.startsWith("/") ? path : `${cwd}/${path}`);

	// Each gets its arguments and gives what the callback gets.
	const operations = {
		open: (path, flags, perm) => call("open", { path: absolute(path), flags, perm }),
		close: (fd) => call("close", { fd }),
		fstat: (fd) => stat(call("fstat", { fd })),
		stat: (path) => stat(call("stat", { path: absolute(path) })),
		lstat: (path) => stat(call("lstat", { path: absolute(path) })),
		readdir: (path) => call("readdir", { path: absolute(path) }),
		mkdir: (path, perm) => call("mkdir", { path: absolute(path), perm }),
		unlink: (path) => call("unlink", { path: absolute(path) }),
		rmdir: (path) => call("rmdir", { path: absolute(path) }),
		rename: (from, to) => call("rename", { path: absolute(from), to: absolute(to) }),
		link: (from, to) => call("link", { path: absolute(from), to: absolute(to) }),
		symlink: (target, path) => call("symlink", { path: target, to: absolute(path) }),
		readlink: (path) => call("readlink", { path: absolute(path) }),
		chmod: (path, perm) => call("chmod", { path: absolute(path), perm }),
		fchmod: (fd, perm) => call("fchmod", { fd, perm }),
		truncate: (path, size) => call("truncate", { path: absolute(path), size }),
		ftruncate: (fd, size) => call("ftruncate", { fd, size }),
		utimes: (path, accessed, modified) => call("utimes", { path: absolute(path), accessed, modified }),
		fsync: (fd) => (fd > 2 ? call("fsync", { fd }) : null),
		read: (fd, buffer, offset, length, position) => {
			const data = atob(call("read", { fd, size: length, position }));
			for (let i = 0; i < data.length; i++) {
				buffer[offset + i] = data.charCodeAt(i);
			}
			return data.length;
		},
		write: (fd, buffer, offset, length, position) => {
			const bytes = buffer.subarray(offset, offset + length);
			return fd === 1 || fd === 2 ? writeSync(fd, bytes) : call("write", { fd, position }, bytes);
		},
	};

	const stat = (info) => ({
		...info, nlink: 1, uid: 0, gid: 0, rdev: 0, blksize: 4096, blocks: Math.ceil(info.size / 512),
		atimeMs: info.modified, mtimeMs: info.modified, ctimeMs: info.modified,
		isDirectory: () => info.directory,
	});

	for (const [name, operate] of Object.entries(operations)) {
		globalThis.fs[name] = (...given) => {
			const callback = given.pop();
			let result;
			try {
				result = operate(...given);
			} catch (error) {
				callback(error);
				return;
			}
			callback(null, result);
		};
	}
	globalThis.fs.writeSync = writeSync;
	// The numbers are the runner's own.
	globalThis.fs.constants = {
		O_WRONLY: 1, O_RDWR: 2, O_CREAT: 4, O_EXCL: 8, O_TRUNC: 16, O_APPEND: 32, O_DIRECTORY: 64,
	};
	// Tests ask whether they are root, whom no permission stops.
	globalThis.process.getuid = globalThis.process.geteuid = () => run.user;
	// Coverage names its files by it, and finds them only with a positive one.
	globalThis.process.pid = run.process;
	globalThis.process.ppid = run.parent;
	globalThis.process.cwd = () => cwd;
	globalThis.process.chdir = (path) => {
		const to = absolute(path);
		if (!call("stat", { path: to }).directory) {
			throw Object.assign(new Error("not a directory"), { code: "ENOTDIR" });
		}
		cwd = call("clean", { path: to });
	};
	globalThis.path.resolve = absolute;
};
