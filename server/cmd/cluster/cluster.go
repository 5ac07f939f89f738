package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/runnel-go/runnel/server/internal/natsnode"
)

const (
	nodes   = 3
	servers = 2
)

// cluster is the processes that have been started.
type cluster struct {
	stdout, stderr io.Writer
	mu             sync.Mutex
	members        []*member
	ended          sync.WaitGroup
}

// member is one process: while it is stopped, what it takes to start it again.
type member struct {
	name    string
	args    []string
	ready   string // what it writes to its output once it is up, before its address
	process *exec.Cmd
	input   io.Closer     // a node ends with it, so none outlives this process
	addr    string        // where a server is reached, once it is up
	gone    chan struct{} // closed once the process has ended
}

func newCluster(dir string, stdout, stderr io.Writer) (*cluster, error) {
	c := &cluster{stdout: stdout, stderr: stderr}
	addrs, err := natsnode.FreeAddrs(2 * nodes)
	if err != nil {
		return nil, err
	}
	client, routes := addrs[:nodes], addrs[nodes:]
	for i := range nodes {
		name := fmt.Sprint("nats-", i+1)
		c.members = append(c.members, &member{name: name, ready: nodeReady, args: []string{
			nodeRole, name, filepath.Join(dir, name), client[i], routes[i], strings.Join(routes, ","),
		}})
	}
	for i := range servers {
		name := fmt.Sprint("server-", i+1)
		c.members = append(c.members, &member{name: name, ready: "Runnel demo: http://", args: []string{
			serverRole, "-addr", "127.0.0.1:0", "-node", name, "-nats", "nats://" + strings.Join(client, ",nats://"),
		}})
	}
	return c, nil
}

// start starts all members: the nodes at the same time, as each waits for the
// others, and then the servers.
func (c *cluster) start(ctx context.Context) error {
	for _, role := range []string{nodeRole, serverRole} {
		var starting sync.WaitGroup
		failures := make([]error, len(c.members))
		for i, m := range c.members {
			if m.args[0] == role {
				starting.Go(func() { failures[i] = c.startOne(ctx, m) })
			}
		}
		starting.Wait()
		if err := errors.Join(failures...); err != nil {
			return err
		}
	}
	return nil
}

// startTimeout is how long a member may take until it is up.
const startTimeout = time.Minute

func (c *cluster) startOne(ctx context.Context, m *member) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	process := exec.Command(program, m.args...)
	process.Env = append(os.Environ(), roleVariable+"=1")
	process.Stderr = &lines{name: m.name, to: c}
	input, err := process.StdinPipe()
	if err != nil {
		return err
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return fmt.Errorf("start %s: %w", m.name, err)
	}
	up, gone := make(chan string, 1), make(chan struct{})
	c.mu.Lock()
	m.process, m.input, m.gone = process, input, gone
	c.mu.Unlock()
	c.ended.Go(func() { c.watch(m, bufio.NewScanner(output), up, gone) })
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	select {
	case addr := <-up:
		c.mu.Lock()
		m.addr = addr
		c.mu.Unlock()
		c.say("%-9s pid %-7d %s", m.name, process.Process.Pid, addr)
		return nil
	case <-gone:
		return fmt.Errorf("%s did not start", m.name)
	case <-timeout.C:
		return fmt.Errorf("%s has not started within %v", m.name, startTimeout)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// watch reads a member's output, which says once that it is up, until its
// process has ended.
func (c *cluster) watch(m *member, output *bufio.Scanner, up chan<- string, gone chan<- struct{}) {
	for output.Scan() {
		if addr, ok := strings.CutPrefix(output.Text(), m.ready); ok {
			up <- addr
			break
		}
	}
	for output.Scan() {
	}
	m.process.Wait()
	c.mu.Lock()
	m.process, m.addr = nil, ""
	c.mu.Unlock()
	close(gone)
	c.say("%-9s has ended", m.name)
}

// toggle stops the member of that name, or starts it.
func (c *cluster) toggle(ctx context.Context, name string) error {
	for _, m := range c.members {
		if m.name == name {
			if !c.end(m) {
				return c.startOne(ctx, m)
			}
			return nil
		}
	}
	var names []string
	for _, m := range c.members {
		names = append(names, m.name)
	}
	return fmt.Errorf("there is no %q: want one of %s", name, strings.Join(names, ", "))
}

// end ends a member's process and reports whether there was one.
func (c *cluster) end(m *member) bool {
	c.mu.Lock()
	process, gone := m.process, m.gone
	c.mu.Unlock()
	if process == nil {
		return false
	}
	process.Process.Signal(os.Interrupt)
	select {
	case <-gone:
	case <-time.After(stopTimeout):
		process.Process.Kill()
		<-gone
	}
	return true
}

// stopTimeout is how long a member may take to end by itself.
const stopTimeout = 10 * time.Second

// stop ends all members, the servers first.
func (c *cluster) stop() {
	for _, role := range []string{serverRole, nodeRole} {
		var stopping sync.WaitGroup
		for _, m := range c.members {
			if m.args[0] == role {
				stopping.Go(func() { c.end(m) })
			}
		}
		stopping.Wait()
	}
	c.ended.Wait()
}

// targets is where the servers are that are up.
func (c *cluster) targets() (addrs []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		if m.args[0] == serverRole && m.addr != "" {
			addrs = append(addrs, m.addr)
		}
	}
	return addrs
}

// list says what is up.
func (c *cluster) list() {
	for _, m := range c.members {
		c.mu.Lock()
		state := "stopped"
		if m.process != nil {
			state = fmt.Sprintf("pid %d", m.process.Process.Pid)
		}
		c.mu.Unlock()
		c.say("%-9s %s", m.name, state)
	}
}

func (c *cluster) say(format string, v ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.stdout, format+"\n", v...)
}

// lines puts the member's name before each line of what it writes.
type lines struct {
	name string
	to   *cluster
	rest string
}

func (l *lines) Write(b []byte) (int, error) {
	l.rest += string(b)
	for {
		line, rest, ended := strings.Cut(l.rest, "\n")
		if !ended {
			return len(b), nil
		}
		l.rest = rest
		l.to.mu.Lock()
		fmt.Fprintf(l.to.stderr, "%s: %s\n", l.name, line)
		l.to.mu.Unlock()
	}
}
