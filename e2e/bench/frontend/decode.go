//go:build js && wasm

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/runnel-go/runnel/e2e/bench/event"
	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/codec"
)

// decode decodes the texts that the stream's URL gives, one a line, by
// codec.JSON, by encoding/json and, in the page, by JSON.parse: one after the
// other in each round, with nothing of a stream about.
func decode(ctx context.Context, job event.Job) error {
	response, err := jsbridge.Fetch(ctx, jsbridge.Request{URL: job.Stream})
	if err != nil {
		return err
	}
	all, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	texts := bytes.Split(bytes.TrimSuffix(all, []byte("\n")), []byte("\n"))
	if len(texts) != job.Texts {
		return fmt.Errorf("got %d texts, want %d", len(texts), job.Texts)
	}
	if job.Kind == event.BookName {
		return decodeRounds(job, texts, (*event.Sum).AddBook)
	}
	return decodeRounds(job, texts, (*event.Sum).AddQuote)
}

func decodeRounds[T any](job event.Job, texts [][]byte, add func(*event.Sum, T)) error {
	for round := range job.Rounds {
		for i := range 3 {
			var err error
			switch (round + i) % 3 {
			case 0:
				err = decodeRound("codec", codec.JSON, job, texts, add)
			case 1:
				err = decodeRound("encoding_json", codec.Func(json.Unmarshal), job, texts, add)
			case 2:
				report("parse", nil) // the page does its round before this returns
			}
			if err != nil {
				return err
			}
		}
		if err := jsbridge.NextTurn(context.Background()); err != nil {
			return err
		}
	}
	report("decoded", nil)
	return nil
}

func decodeRound[T any](name string, c codec.Codec, job event.Job, texts [][]byte, add func(*event.Sum, T)) error {
	var sum event.Sum
	report("begin", nil)
	// As a subscription does it: its loop gets copies of one value.
	decode, value := codec.For[T](c), new(T)
	for range job.Repeat {
		for _, text := range texts {
			var zero T
			*value = zero
			if err := decode(text, value); err != nil {
				return err
			}
			add(&sum, *value)
		}
	}
	report(name, sum)
	return nil
}
