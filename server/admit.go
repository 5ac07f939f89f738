package server

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// admission is what a request may have.
type admission struct {
	grant  *Grant // nil if nobody is asked
	filter *filter
	leave  func()
}

// refusal is why a request gets no stream, as the metrics name it; "" if it gets
// one.
type refusal string

const (
	refusedMethod       refusal = "method"
	refusedOrigin       refusal = "origin"
	refusedUnauthorized refusal = "unauthorized"
	refusedForbidden    refusal = "forbidden"
	refusedUndecided    refusal = "undecided"
	refusedQuery        refusal = "query"
	refusedLimit        refusal = "limit"
	refusedAddressLimit refusal = "address-limit"
	refusedClosed       refusal = "closed"
	refusedLog          refusal = "log"
	refusedWriter       refusal = "writer"
)

type answer struct {
	refusal refusal
	status  int
	text    string
}

// refusals says how each is answered.
var refusals = [...]answer{
	{refusedMethod, http.StatusMethodNotAllowed, "method not allowed: an event stream is asked for by GET"},
	{refusedOrigin, http.StatusForbidden, "this event stream cannot be read from pages of that origin"},
	{refusedUnauthorized, http.StatusUnauthorized, ErrUnauthorized.Error()},
	{refusedForbidden, http.StatusForbidden, ErrForbidden.Error()},
	{refusedUndecided, http.StatusServiceUnavailable, "it cannot be decided at present who may read this event stream"},
	{refusedQuery, http.StatusBadRequest, "the query cannot be understood"},
	{refusedLimit, http.StatusServiceUnavailable, "too many event streams are open"},
	{refusedAddressLimit, http.StatusServiceUnavailable, "too many event streams are open from this address"},
	{refusedClosed, http.StatusServiceUnavailable, "the event stream is closed"},
	{refusedLog, http.StatusServiceUnavailable, "the log of the event stream cannot be read at present"},
	{refusedWriter, http.StatusInternalServerError, ""}, // as unstreamable says
}

// admit decides about a request, before anything of the answer is sent.
func (f *Feed) admit(header http.Header, r *http.Request) (admission, refusal) {
	asked := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" && len(f.origins.origins) > 0
	if !asked && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return admission{}, refusedMethod
	}
	if !f.origins.allow(header, r) {
		return admission{}, refusedOrigin
	}
	if f.unusable() != nil {
		return admission{}, refusedClosed
	}
	admitted := admission{leave: func() {}}
	if asked {
		return admitted, "" // nobody signs in for that: the browser asks without cookies
	}
	var refused refusal
	if admitted.grant, refused = f.authorize(r); refused != "" {
		return admission{}, refused
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err == nil {
		admitted.filter, err = newFilter(admitted.grant, query)
	}
	if err != nil {
		return admission{}, refusedQuery
	}
	if r.Method == http.MethodGet {
		admitted.leave, refused = f.limits.enter(r)
	}
	return admitted, refused
}

func (f *Feed) authorize(r *http.Request) (*Grant, refusal) {
	if f.options.Authorize == nil {
		return nil, ""
	}
	grant, err := f.options.Authorize(r)
	if err == nil && grant != nil {
		err = grant.malformed()
	}
	switch {
	case errors.Is(err, ErrUnauthorized):
		return nil, refusedUnauthorized
	case errors.Is(err, ErrForbidden), err == nil && !grant.allows(f.options.Name):
		return nil, refusedForbidden
	case err != nil:
		f.options.Logger.Warn("it cannot be decided who may read", "feed", f.options.Name, "error", err)
		return nil, refusedUndecided
	}
	return grant, ""
}

// refuse answers a request that gets no stream, with the reason as plain text.
func (f *Feed) refuse(w http.ResponseWriter, refused refusal) {
	i := slices.IndexFunc(refusals[:], func(known answer) bool { return known.refusal == refused })
	f.counters.refused[i].Add(1)
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	switch refusals[i].status {
	case http.StatusMethodNotAllowed:
		header.Set("Allow", "GET, HEAD")
	case http.StatusUnauthorized:
		header.Set("WWW-Authenticate", fmt.Sprintf("Bearer realm=%q", f.options.Name))
	case http.StatusServiceUnavailable:
		if header.Get("Access-Control-Allow-Origin") != "" {
			header.Set("Access-Control-Expose-Headers", "Retry-After") // a page of another origin may see it
		}
		header.Set("Retry-After", strconv.Itoa(minRetryAfter+rand.IntN(maxRetryAfter-minRetryAfter+1)))
	}
	text := refusals[i].text
	if refused == refusedWriter {
		text = unstreamable(w)
	}
	http.Error(w, text, refusals[i].status)
}

// Whoever is refused for now is told to come back after so many seconds, not all
// after the same.
const (
	minRetryAfter = 2
	maxRetryAfter = 6
)
