//go:build unix

package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// machine is where the bench ran.
type machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
	// Load is the system's average load of the minute before and, at the end,
	// of the last minute. Between them the bench's own processes are in it.
	LoadBefore string `json:"load_before"`
	LoadAfter  string `json:"load_after"`
}

func thisMachine() machine {
	return machine{CPU: cpuName(), Cores: runtime.NumCPU(), Go: runtime.Version(), LoadBefore: loadAverage()}
}

// String tells it in a line.
func (m machine) String() string {
	line := fmt.Sprintf("%s, %d cores; %s", m.CPU, m.Cores, m.Go)
	if m.LoadBefore != "" {
		line += fmt.Sprintf("; load %s before, %s at the end", m.LoadBefore, m.LoadAfter)
	}
	return line
}

// cpuName returns the processor's name where the system tells it in a file, or
// else its architecture.
func cpuName() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// loadAverage returns the average load of the last minute, "" where the system
// does not tell it in a file.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
