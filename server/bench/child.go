//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// order is what a child process is told, a line of JSON on its standard input.
type order struct {
	Do string
	// Count is how many clients or events.
	Count int `json:",omitempty"`
	// Number is that of the first event to publish, or of one to wait for.
	Number int64 `json:",omitempty"`
	// Every is the time from one event to the next; 0 for as fast as can be.
	Every time.Duration `json:",omitempty"`
	// Within is how long it may take.
	Within time.Duration `json:",omitempty"`
}

// answer is what it answers, a line of JSON on its standard output.
type answer struct {
	Error string `json:",omitempty"`
	// Address is where a server listens: its first answer, to no order.
	Address string `json:",omitempty"`
	// Done is whether all of an order was done in time.
	Done bool `json:",omitempty"`
	// Number is that of the last event published, or the least of those that
	// the clients have come to.
	Number int64 `json:",omitempty"`
	// CPU is what the process has taken of the processors.
	CPU time.Duration `json:",omitempty"`
	// Resident is its memory, in bytes.
	Resident uint64 `json:",omitempty"`
	// Latency is of what the clients have recorded.
	Latency *latency `json:",omitempty"`
}

// latency is how long events took, in milliseconds.
type latency struct {
	Events         int
	P50, P99, Most float64
}

// role is what a child process is: from its flags comes what makes its worker.
type role func(*flag.FlagSet) (start func() (worker, error))

// worker does what it is ordered.
type worker interface {
	hello() answer
	do(ctx context.Context, o order) (answer, error)
	close() error
}

// What a process exits with.
const (
	codeFailed = 1
	codeUsage  = 2
)

// runRole answers orders until there are no more.
func runRole(ctx context.Context, r role, args []string, in io.Reader, out, log io.Writer) int {
	flags := flag.NewFlagSet("bench "+args[0], flag.ContinueOnError)
	flags.SetOutput(log)
	start := r(flags)
	switch err := flags.Parse(args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return codeUsage
	}
	w, err := start()
	if err == nil {
		err = errors.Join(obey(ctx, w, in, out), w.close())
	}
	if err != nil {
		fmt.Fprintf(log, "bench %s: %v\n", args[0], err)
		return codeFailed
	}
	return 0
}

// obey reads orders and writes answers.
func obey(ctx context.Context, w worker, in io.Reader, out io.Writer) error {
	orders, answers := json.NewDecoder(in), json.NewEncoder(out)
	if err := answers.Encode(w.hello()); err != nil {
		return err
	}
	for {
		var o order
		switch err := orders.Decode(&o); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		a, err := w.do(ctx, o)
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
}

// child is a process of this program in a role.
type child struct {
	name    string
	cmd     *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
	hello   answer
}

// closeGrace is how long a child may take to end.
const closeGrace = 5 * time.Second

// startChild starts a child and waits for its hello. It is killed when ctx is
// done, and ends by itself when this process does.
func startChild(ctx context.Context, program string, args ...string) (*child, error) {
	c := &child{name: args[0], cmd: exec.CommandContext(ctx, program, args...)}
	c.cmd.Stderr = os.Stderr
	var err error
	if c.orders, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.answers = json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	if c.hello, err = c.next(); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// ask gives an order and returns the answer.
func (c *child) ask(o order) (answer, error) {
	if err := json.NewEncoder(c.orders).Encode(o); err != nil {
		return answer{}, fmt.Errorf("%s: %s: %w", c.name, o.Do, err)
	}
	return c.next()
}

func (c *child) next() (a answer, err error) {
	if err := c.answers.Decode(&a); err != nil {
		return a, fmt.Errorf("%s: no answer: %w", c.name, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s", c.name, a.Error)
	}
	return a, nil
}

// close ends the process.
func (c *child) close() error {
	c.orders.Close()
	late := time.AfterFunc(closeGrace, func() { c.cmd.Process.Kill() })
	defer late.Stop()
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}
