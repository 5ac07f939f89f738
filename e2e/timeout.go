//go:build !js

package e2e

import (
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// answerTime is the least time that a page has to answer a command. A wait that is
// meant to be short says how long a condition is waited for, not how fast a browser
// is.
const answerTime = 10 * time.Second

// workerAnswerTime is what of it the page waits for its worker.
const workerAnswerTime = answerTime / 2

// SetTimeout bounds each later wait of the site's streams and networks, and of the
// pages that it opens later, as [App.Timeout] does. Zero stands for [DefaultTimeout].
func (s *Site) SetTimeout(d time.Duration) {
	if d == 0 {
		d = timescale.Bound(DefaultTimeout)
	}
	s.timeout.Store(int64(d))
}

// within returns the bound of a wait.
func (s *Site) within() time.Duration { return time.Duration(s.timeout.Load()) }

// SetTimeout bounds each later wait of the page, in the place of [App.Timeout]. Zero
// stands for [DefaultTimeout]. A test that expects something not to come sets a short
// one when everything else has come.
//
// A page that is asked something has ten seconds to answer, however short the timeout
// is.
func (p *Page) SetTimeout(d time.Duration) {
	if d == 0 {
		d = timescale.Bound(DefaultTimeout)
	}
	p.timeout = d
}

// answer returns how long the page may take to answer a command.
func (p *Page) answer() time.Duration { return max(p.timeout, timescale.Bound(answerTime)) }
