package server

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// crew is the goroutines that write to a feed's clients: as many as there are
// processors, for as long as there is something to write. A client costs no
// goroutine that writes while there is nothing for it, and no stack as deep as
// writing takes; and of a thousand clients that get the same message, not a
// thousand goroutines have to be woken.
//
// Writing may have to wait for a client. A worker for which that takes longer
// than patience is no longer counted, and another one takes its place, so a
// client that reads slowly keeps nobody else waiting for longer than that.
type crew struct {
	mu      sync.Mutex
	queue   []*task // what is to be done; from head on
	head    int
	workers map[*worker]struct{} // those that are counted
	watch   *time.Timer          // nil while there are none
}

// patience is how long a turn may take before another worker is called in.
const patience = time.Millisecond

type worker struct {
	turns uint64 // how many it has begun
	seen  uint64 // how many it had begun when it was looked after last
}

// task is something that is done in turns, one at a time, by whichever worker is
// free. The first one is done after begin, and another one each time that wake is
// called.
type task struct {
	turn  func()
	crew  *crew
	state atomic.Int32
}

// The states of a task.
const (
	unborn  = iota
	idle    // waits for wake
	queued  // to have a turn
	running // in its turn
	again   // in its turn, and to have another one
)

func (t *task) begin() {
	t.state.Store(idle)
	t.wake()
}

// wake has the task do a turn that begins after the call, and after begin.
func (t *task) wake() {
	for {
		switch {
		case t.state.CompareAndSwap(idle, queued):
			t.crew.add(t)
			return
		case t.state.CompareAndSwap(running, again):
			return
		}
		if state := t.state.Load(); state != idle && state != running {
			return
		}
	}
}

// work does a turn.
func (t *task) work() {
	t.state.Store(running)
	t.turn()
	if !t.state.CompareAndSwap(running, idle) {
		t.state.Store(queued)
		t.crew.add(t)
	}
}

func (c *crew) add(t *task) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, t)
	if len(c.workers) < runtime.GOMAXPROCS(0) {
		c.hire()
	}
}

// hire starts a worker. The mutex is held.
func (c *crew) hire() {
	w := new(worker)
	c.count(w)
	go c.run(w)
}

// count counts a worker, which is looked after from then on. The mutex is held.
func (c *crew) count(w *worker) {
	if c.workers == nil {
		c.workers = make(map[*worker]struct{})
	}
	c.workers[w] = struct{}{}
	if c.watch == nil {
		c.watch = time.AfterFunc(patience, c.look)
	}
}

// run does what there is to do.
func (c *crew) run(w *worker) {
	for t := c.take(w); t != nil; t = c.take(w) {
		t.work()
	}
}

// take returns what is to be done next, nil if the worker is not needed.
func (c *crew) take(w *worker) *task {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, counted := c.workers[w]; !counted {
		if len(c.workers) >= runtime.GOMAXPROCS(0) {
			return nil // another one has taken its place
		}
		c.count(w)
	}
	if c.head == len(c.queue) {
		c.queue, c.head = c.queue[:0], 0
		delete(c.workers, w)
		return nil
	}
	if c.head > len(c.queue)/2 { // of a queue that is never empty
		c.queue, c.head = slices.Delete(c.queue, 0, c.head), 0
	}
	t := c.queue[c.head]
	c.queue[c.head] = nil
	c.head++
	w.turns++
	return t
}

// look sees after the workers: one that is where it was is no longer counted.
func (c *crew) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w := range c.workers {
		if w.turns > 0 && w.turns == w.seen {
			delete(c.workers, w)
		}
		w.seen = w.turns
	}
	if c.head < len(c.queue) && len(c.workers) < runtime.GOMAXPROCS(0) {
		c.hire()
	}
	if len(c.workers) == 0 {
		c.watch = nil
		return
	}
	c.watch.Reset(patience)
}
