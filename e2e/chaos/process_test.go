//go:build unix

package chaos

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// process is a program that can be killed and started again.
type process struct {
	name    string
	command func() *exec.Cmd
	ready   string // what its first line begins with once it is up

	input io.Closer // it ends with this, and so with the test
	cmd   *exec.Cmd
	said  output
	up    chan struct{} // closed once it is up
	rest  string        // of its first line, then
	gone  chan struct{} // closed once it has ended
}

// output is what a process has written to standard error.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// startProcess starts a process, which is killed when the test ends.
func startProcess(t *testing.T, name, ready string, command func() *exec.Cmd) *process {
	t.Helper()
	p := &process{name: name, ready: ready, command: command}
	p.start(t)
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said: %s", name, p.said.String())
		}
	})
	return p
}

// start starts it and does not wait until it is up.
func (p *process) start(t *testing.T) {
	t.Helper()
	cmd := p.command()
	cmd.Stderr = &p.said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	up, gone := make(chan struct{}), make(chan struct{})
	p.cmd, p.input, p.up, p.gone = cmd, in, up, gone
	go func() {
		defer close(gone)
		lines := bufio.NewScanner(out)
		if lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), p.ready); ok {
				p.rest = rest
				close(up)
			}
		}
		for lines.Scan() {
		}
		cmd.Wait()
	}()
}

// waitUp waits until it is up, and fails the test if it ends instead.
func (p *process) waitUp(t *testing.T) {
	t.Helper()
	select {
	case <-p.up:
	case <-p.gone:
		t.Fatalf("%s does not start", p.name)
	}
}

// kill is kill -9. It returns once nothing is left of the process.
func (p *process) kill() {
	p.cmd.Process.Signal(syscall.SIGKILL)
	<-p.gone
	p.input.Close()
}

// startServer starts a server with those flags, and returns its address beside
// it. What connects while it is down waits until it is up again.
func startServer(t *testing.T, name string, flags ...string) (p *process, addr string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	p = startProcess(t, name, ready, func() *exec.Cmd {
		cmd := exec.Command(program, flags...)
		cmd.Env = append(os.Environ(), serverVariable+"=1")
		cmd.ExtraFiles = []*os.File{socket}
		return cmd
	})
	return p, listener.Addr().String()
}
