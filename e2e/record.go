//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"time"
)

// Record asks for the event stream at url and writes what arrives, with its
// timing, to file, which [Conn.Replay] plays back. It returns when the stream
// has ended, when it was cut, or when ctx ends, which is how the recording of
// an endless stream is stopped: none of them is an error. An error says that
// there was no answer, which an answer of any status is, or that the file could
// not be written.
//
// The file is text, for people to read, compare and change: a JSON object a
// line. The first one has the status and the header, without what is the
// connection's own and without Set-Cookie, as recordings are put into
// repositories. Each other one has what arrived at once, in "text" or, where that
// is not UTF-8 (it may have been cut within a character), in "base64", and in
// "ms" the time since the answer began. The last one has in "end" that the stream
// ended "clean" or was "cut", unless the recording was stopped.
//
//	{"status":200,"header":{"Content-Type":["text/event-stream"]}}
//	{"ms":0,"text":"retry: 500\n\n"}
//	{"ms":1207,"base64":"ZGF0YTogww=="}
//	{"ms":1500,"end":"cut"}
//
// What a server wrote at once may arrive in pieces, and the other way round.
func Record(ctx context.Context, url, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("e2e: recording: %w", err)
	}
	request.Header.Set("Accept", "text/event-stream")
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("e2e: recording: %w", err)
	}
	defer response.Body.Close()
	return RecordResponse(response, file)
}

// RecordResponse is [Record] for a response to a request of one's own, say by
// POST or with credentials. It reads the body to its end and leaves it to the
// caller to close; the context of the response's request, if it has one, stops
// it.
func RecordResponse(response *http.Response, file string) (err error) {
	out, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("e2e: recording: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if err := marshalLine(out, answerLine{response.StatusCode, recordedHeader(response.Header)}); err != nil {
		return fmt.Errorf("e2e: recording: %w", err)
	}
	if err := recordBody(response, out); err != nil {
		return fmt.Errorf("e2e: recording: %w", err)
	}
	return nil
}

// recordBody writes each piece as soon as it has arrived.
func recordBody(response *http.Response, out io.Writer) error {
	start, buffer := time.Now(), make([]byte, 64<<10)
	for {
		n, failure := response.Body.Read(buffer)
		at := time.Since(start)
		if n > 0 {
			if err := marshalLine(out, newPieceLine(at, buffer[:n])); err != nil {
				return err
			}
		}
		switch {
		case failure == nil:
		case errors.Is(failure, io.EOF):
			return marshalLine(out, pieceLine{Milliseconds: at.Milliseconds(), End: cleanEnd})
		case stopped(response):
			return nil
		default:
			return marshalLine(out, pieceLine{Milliseconds: at.Milliseconds(), End: cutEnd})
		}
	}
}

func stopped(response *http.Response) bool {
	return response.Request != nil && response.Request.Context().Err() != nil
}

// recordedHeader leaves out what is of the connection, of its day, or secret.
func recordedHeader(header http.Header) http.Header {
	kept := header.Clone()
	for _, name := range append(slices.Clone(ofConnection), "Date", "Set-Cookie") {
		kept.Del(name)
	}
	return kept
}
