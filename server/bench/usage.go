//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v4/process"
	"golang.org/x/sys/unix"
)

// now returns the time of a clock that goes the same in all processes, in
// nanoseconds.
func now() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err) // every unix has it
	}
	return t.Nano()
}

// cpuTime returns what this process has taken of the processors: by itself, and
// the system for it.
func cpuTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// resident returns how many bytes of this process are in memory.
func resident() (uint64, error) {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0, err
	}
	memory, err := self.MemoryInfo()
	if err != nil {
		return 0, err
	}
	return memory.RSS, nil
}

// otherFiles is how many files a process may have open besides its connections.
const otherFiles = 64

// enoughFiles says what to do where a process cannot have so many connections.
// The limit is the hard one: Go raises the other by itself.
func enoughFiles(connections int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if need := uint64(connections + otherFiles); uint64(limit.Cur) < need {
		return fmt.Errorf("a process may open %d files and %d are needed: raise the limit (ulimit -Hn), or give -scale", limit.Cur, need)
	}
	return nil
}
