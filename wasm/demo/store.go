package main

import (
	"context"
	"sync"
	"time"
)

// store guards the model. Everything that happens goes in by update; the
// painter looks at it in view.
type store struct {
	changed chan struct{} // of capacity 1

	mu    sync.Mutex
	model model
}

func newStore() *store {
	return &store{changed: make(chan struct{}, 1)}
}

// update changes the model and wakes the painter. Change must not block.
func (s *store) update(change func(*model)) {
	s.mu.Lock()
	change(&s.model)
	s.model.version++
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// view lets look look at the model while nothing changes it.
func (s *store) view(look func(*model)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	look(&s.model)
}

// wait returns when the model has changed since the last wait, or when rest is
// over, and returns the cause of ctx once that has ended.
func (s *store) wait(ctx context.Context, rest time.Duration) error {
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-s.changed:
	case <-timer.C:
	case <-ctx.Done():
	}
	return context.Cause(ctx)
}
