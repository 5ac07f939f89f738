//go:build !js

package e2e

import "testing"

// TestGoroutinesThatMayLast tells which stacks of the Go runtime's have to end
// with their page.
func TestGoroutinesThatMayLast(t *testing.T) {
	tests := []struct {
		name, stack string
		want        int
	}{
		{"none", "", 0},
		{"main", "goroutine 1 [select (no cases)]:\nmain.main()\n\t/main.go:1 +0x3", 0},
		{"tenth", "goroutine 10 [chan receive]:\nmain.f()\n\t/main.go:1 +0x3\ncreated by main.main in goroutine 1\n\t/main.go:2 +0x3", 1},
		{"init", "goroutine 7 [select]:\nlog.flush()\n\t/l.go:1 +0x3\ncreated by example.org/log.init.0 in goroutine 1\n\t/l.go:2 +0x3", 0},
		{"variable", "goroutine 7 [select]:\nlog.flush()\n\t/l.go:1 +0x3\ncreated by example.org/log.init in goroutine 1\n\t/l.go:2 +0x3", 0},
		{"initialize", "goroutine 7 [select]:\nlog.flush()\n\t/l.go:1 +0x3\ncreated by example.org/log.initialize in goroutine 1\n\t/l.go:2 +0x3", 1},
		{"answering", "goroutine 9 [running]:\nf()\n\t/f.go:1 +0x3\nsyscall/js.handleEvent()\n\t/func.go:117 +0x28", 0},
		{"two programs", "goroutine 5 [IO wait]:\nf()\n\t/f.go:1 +0x3\n\ngoroutine 6 [sleep]:\nf()\n\t/f.go:1 +0x3\n", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := (live{Stacks: []string{test.stack, ""}}).problems(); len(got) != test.want {
				t.Errorf("got %v, want %d", got, test.want)
			}
		})
	}
}
