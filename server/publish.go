package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Publication is a message that is ready to be published. [Encode] and
// [EncodeMessage] make one; it may be published several times, and to several
// feeds.
type Publication struct{ record Record }

// PublishOption says more about a message that is published.
type PublishOption func(*naming)

// naming is what the options of a message say.
type naming struct{ messageID, subject string }

// MessageID names the message, so that to publish it again does nothing: the
// answer is then the ID that it has been given the first time. That is for a
// publisher that does not know whether it got through. A feed in memory knows
// the names of the messages that it holds; for a durable one see its [Log].
//
// A name has 1 to 256 bytes of UTF-8 without control characters.
func MessageID(name string) PublishOption { return func(n *naming) { n.messageID = name } }

// Subject says what the message is about, in words divided by dots, such as
// "order.eu.42", for clients that want some of them only ([SubjectParameter]). A
// word has no space, control character, "*" or ">"; a subject has at most 256
// bytes.
func Subject(subject string) PublishOption { return func(n *naming) { n.subject = subject } }

var (
	errMessageID = errors.New("want 1 to 256 bytes of UTF-8 without control characters")
	errNothing   = errors.New("server: the message has nothing to publish: give it Data, or a Type, Comment or Retry")
	errSubject   = errors.New(`want words divided by dots, without spaces, control characters, "*" and ">", in at most 256 bytes`)
)

const maxName = 256

// Encode makes a publication of v, encoded by [encoding/json], as an event of
// the given type. The error says which event type could not be encoded, wraps
// what [eventstream.Message.Validate] found, or names the option that is wrong.
func Encode[T any](typ eventstream.EventType[T], v T, options ...PublishOption) (Publication, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return Publication{}, fmt.Errorf("server: encode %q event: %w", typ.Name(), err)
	}
	return EncodeMessage(eventstream.Message{Type: string(typ), Data: data}, options...)
}

// EncodeMessage makes a publication of a message as it is, which must have no
// ID. The error wraps [ErrID], [ErrGapType] or what [eventstream.Message.Validate]
// found, or names the option that is wrong, or says that the message has nothing to
// publish.
func EncodeMessage(m eventstream.Message, options ...PublishOption) (Publication, error) {
	block, err := encode(&m)
	if err != nil {
		return Publication{}, err
	}
	if len(block) == 0 {
		return Publication{}, errNothing
	}
	var named naming
	for _, option := range options {
		option(&named)
	}
	if named.messageID != "" && !validMessageID(named.messageID) {
		return Publication{}, fmt.Errorf("server: message ID %q: %w", named.messageID, errMessageID)
	}
	if named.subject != "" && !validSubject(named.subject) {
		return Publication{}, fmt.Errorf("server: subject %q: %w", named.subject, errSubject)
	}
	return Publication{Record{Type: m.Type, Subject: named.subject, MessageID: named.messageID, Block: block}}, nil
}

func validMessageID(name string) bool {
	return len(name) <= maxName && utf8.ValidString(name) && strings.IndexFunc(name, unicode.IsControl) < 0
}

func validSubject(subject string) bool {
	if len(subject) > maxName || !utf8.ValidString(subject) {
		return false
	}
	for word := range strings.SplitSeq(subject, ".") {
		if !validWord(word) {
			return false
		}
	}
	return true
}

func validWord(word string) bool {
	return word != "" && !strings.ContainsAny(word, "*>") &&
		strings.IndexFunc(word, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) < 0
}

// Publish sends v, encoded by [encoding/json], as an event of the given type to
// every client of f, and returns the ID it has been given. It does not wait for
// any client, but it does for the feed's [Log] where it has one: once Publish
// returns an ID, the event is as durable as the log makes it.
//
// The error is that of [Encode] or of [Feed.PublishBatch].
func Publish[T any](ctx context.Context, f *Feed, typ eventstream.EventType[T], v T, options ...PublishOption) (id string, err error) {
	p, err := Encode(typ, v, options...)
	if err != nil {
		return "", err
	}
	return f.publish(ctx, p)
}

// PublishMessage sends a message as it is to every client, as [Publish] does. m
// must have no ID of its own.
//
// The error is that of [EncodeMessage] or of [Feed.PublishBatch].
func (f *Feed) PublishMessage(ctx context.Context, m eventstream.Message, options ...PublishOption) (id string, err error) {
	p, err := EncodeMessage(m, options...)
	if err != nil {
		return "", err
	}
	return f.publish(ctx, p)
}

func (f *Feed) publish(ctx context.Context, p Publication) (id string, err error) {
	ids, err := f.PublishBatch(ctx, []Publication{p})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// PublishBatch publishes messages in their order and returns the ID of each. With
// a durable log that costs one wait for all of them. What others publish at the
// same time may come between them.
//
// The error wraps [ErrClosed] after [Feed.Close], or [ErrLog] once the log is of
// no more use; it is the cause of ctx if that was done before, and then nothing
// has been published. Otherwise it is the log's: the first len(ids) messages
// have been published, and of the others that is not known. To publish them
// again without doubling them, give each a [MessageID].
//
// A zero Publication holds no message: where the batch has one, the error says at
// which index, and nothing has been published.
func (f *Feed) PublishBatch(ctx context.Context, batch []Publication) (ids []string, err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	records := make([]Record, len(batch))
	for i, p := range batch {
		if len(p.record.Block) == 0 {
			return nil, fmt.Errorf("server: publish: the Publication at index %d of %d holds no message: make it with Encode or EncodeMessage", i, len(batch))
		}
		records[i] = p.record
	}
	numbers, err := f.append(ctx, records)
	for _, number := range numbers {
		ids = append(ids, formatID(f.window.log, number))
	}
	return ids, err
}

func (f *Feed) append(ctx context.Context, records []Record) (numbers []uint64, err error) {
	if f.log == nil {
		return f.window.publish(records)
	}
	if err := f.unusable(); err != nil {
		return nil, err
	}
	numbers, err = f.log.Append(ctx, records)
	if err != nil {
		return numbers, fmt.Errorf("server: publish: %w", err)
	}
	return numbers, nil
}
