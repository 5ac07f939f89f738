package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

func onlyPost(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "method not allowed: this takes a POST", http.StatusMethodNotAllowed)
			return
		}
		next(w, r)
	}
}

func serveStream(stream *server.Feed) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if query.Has(feed.TabParameter) && !validTab(query.Get(feed.TabParameter)) {
			refuseTab(w)
			return
		}
		stream.ServeHTTP(w, r)
	}
}

func validTab(tab string) bool {
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return tab != "" && len(tab) <= feed.MaxTab && strings.Trim(tab, allowed) == ""
}

func refuseTab(w http.ResponseWriter) {
	http.Error(w, fmt.Sprintf("query %q: want 1 to %d letters, digits, - and _",
		feed.TabParameter, feed.MaxTab), http.StatusBadRequest)
}

// control does something to each stream of the tab that asks for it.
func control(stream *server.Feed, act func(*server.Client) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tab := r.URL.Query().Get(feed.TabParameter)
		if !validTab(tab) {
			refuseTab(w)
			return
		}
		reached := false
		for client := range stream.Clients() {
			if client.Request().URL.Query().Get(feed.TabParameter) != tab {
				continue
			}
			switch err := act(client); {
			case errors.Is(err, server.ErrClosed): // it left just now
			case err != nil:
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			default:
				reached = true
			}
		}
		if !reached {
			http.Error(w, fmt.Sprintf("tab %q has no stream open", tab), http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func cut(client *server.Client) error {
	client.Cut()
	return nil
}

// sendMalformed sends an event that looks like CPU's and does not decode.
func sendMalformed(client *server.Client) error {
	return client.Send(eventstream.Message{
		Type: feed.CPUEvent.Name(),
		Data: []byte(`{"time":"2026-01-01T00:00:00Z","total":"lots","cores":[1,2,`),
	})
}

const maxNoticeBody = 4 << 10 // bytes

func postNotice(stream *server.Feed) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxNoticeBody)
		text, answer, err := readNotice(r)
		if err == nil {
			text, err = checkNotice(text)
		}
		if err != nil {
			refuse(w, err)
			return
		}
		notice := feed.Notice{Time: stamp(time.Now()), Text: text}
		if _, err := server.Publish(r.Context(), stream, feed.NoticeEvent, notice); err != nil {
			http.Error(w, "the notice could not be published: "+err.Error(), http.StatusServiceUnavailable)
			return
		}
		if answer == http.StatusSeeOther {
			w.Header().Set("Location", "/")
		}
		w.WriteHeader(answer)
	}
}

// requestError is a request that cannot be taken, with the status that says so.
type requestError struct {
	status int
	reason string
}

func (e *requestError) Error() string { return e.reason }

// readNotice returns the text that was posted, and the status to answer a good
// one with: a program that posts JSON wants to know that it worked, a form
// without a program wants to be led back to the page.
func readNotice(r *http.Request) (text string, answer int, err error) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	switch mediaType {
	case "application/json":
		text, err := readJSONNotice(r.Body)
		return text, http.StatusNoContent, err
	case "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return "", 0, badBody("form", err)
		}
		return r.PostForm.Get(feed.TextParameter), http.StatusSeeOther, nil
	}
	return "", 0, &requestError{http.StatusUnsupportedMediaType,
		"a notice is posted as application/json or application/x-www-form-urlencoded"}
}

func readJSONNotice(body io.Reader) (string, error) {
	data, err := io.ReadAll(body)
	if err != nil {
		return "", badBody("JSON", err)
	}
	var posted struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &posted); err != nil {
		return "", badBody("JSON", err)
	}
	return posted.Text, nil
}

func badBody(kind string, err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &requestError{http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the notice is larger than %d bytes", tooLarge.Limit)}
	}
	return &requestError{http.StatusBadRequest, fmt.Sprintf("the notice is not valid %s: %v", kind, err)}
}

// checkNotice returns the text without the space around it.
func checkNotice(text string) (string, error) {
	text = strings.TrimSpace(text)
	length := utf8.RuneCountInString(text)
	switch {
	case !utf8.ValidString(text):
		return "", &requestError{http.StatusBadRequest, "the notice is not valid UTF-8"}
	case length == 0:
		return "", &requestError{http.StatusUnprocessableEntity, "the notice has no text"}
	case length > feed.MaxNotice:
		return "", &requestError{http.StatusUnprocessableEntity,
			fmt.Sprintf("the notice has %d characters, at most %d are allowed", length, feed.MaxNotice)}
	}
	return text, nil
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if request, ok := errors.AsType[*requestError](err); ok {
		status = request.status
	}
	http.Error(w, err.Error(), status)
}
