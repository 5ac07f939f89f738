package eventsource

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Mux hands the messages of several event types to their handlers, in the order
// in which they arrived across all types. The zero value is ready for [Handle].
type Mux struct {
	// Options say how messages are taken: the queue that all types share and
	// the codec of those handlers that name none. Once is not for a Mux.
	Options SubscribeOptions

	handlers []muxHandler // in the order they were given
}

type muxHandler struct {
	eventType string
	codec     codec.Codec // its own; nil for none
	// bind returns the handler for a run, by which the Source is read into the
	// inbox and by whose codec what names none of its own is decoded.
	bind func(source *Source, in *inbox, common codec.Codec) handler
}

// handler handles a message, or returns false if nothing more may be handed out.
type handler func(*message) bool

// Handle has fn called with every message of an event type. One that does not
// decode comes as a zero Event and a [*DecodeError]. Several handlers of one
// type are called in the order they were given.
//
// A gap, which concerns every type, comes to every handler of the Mux once, in
// the order they were given, as an Event without data and a [*GapError]; but where
// there is a handler for [eventstream.GapEvent], to that alone, as an Event.
func Handle[T any](mux *Mux, eventType eventstream.EventType[T], fn func(Event[T], error)) {
	HandleCodec(mux, eventType, nil, fn)
}

// HandleCodec is [Handle] with a codec for this handler alone.
func HandleCodec[T any](mux *Mux, eventType eventstream.EventType[T], c codec.Codec, fn func(Event[T], error)) {
	mux.handlers = append(mux.handlers, muxHandler{eventType.Name(), c, func(source *Source, in *inbox, common codec.Codec) handler {
		use := c
		if use == nil {
			use = common
		}
		decodeData := codec.For[T](use)
		event := new(Event[T]) // one for all: fn gets copies
		return func(m *message) bool {
			err := decode(source, decodeData, m, event)
			if in.isCut() {
				return false
			}
			fn(*event, err)
			return true
		}
	}})
}

var (
	errMuxEmpty = errors.New("eventsource: the Mux has no handler")
	errMuxOnce  = errors.New("eventsource: Once is not for a Mux")
)

// Run subscribes to every event type that has a handler and calls the handlers,
// one at a time, until ctx or the Source ends. It begins with messages
// dispatched after it was called. Handlers given while it runs are for its next
// run.
//
// It returns nil when [Source.Close] ends it, else the cause of ctx, with the last
// failure if the connection was lost then, what the Source ended with, also where it had ended before, or [ErrOverflow]. A handler
// that panics closes the Source on the panic's way.
func (mux *Mux) Run(ctx context.Context, source *Source) error {
	opts, err := mux.Options.withDefaults()
	switch {
	case err != nil:
		return err
	case opts.Once:
		return errMuxOnce
	case len(mux.handlers) == 0:
		return errMuxEmpty
	}
	codecs := []codec.Codec{opts.Codec}
	for _, h := range mux.handlers {
		if h.codec != nil {
			codecs = append(codecs, h.codec)
		}
	}
	in := newInbox(source, opts, codecs...)
	discard := func() {
		source.mu.Lock()
		defer source.mu.Unlock()
		in.discard(source.withFailure(context.Cause(ctx)))
	}
	in.lives = append(in.lives, life{ctx, discard})
	all := make([]handler, 0, len(mux.handlers))
	handlers := make(map[string][]handler, len(mux.handlers))
	for _, h := range mux.handlers {
		handle := h.bind(source, in, opts.Codec)
		all = append(all, handle)
		handlers[h.eventType] = append(handlers[h.eventType], handle)
	}
	eventTypes := slices.Collect(maps.Keys(handlers))
	if err := source.subscribe(in, eventTypes...); err != nil {
		return err
	}
	defer source.unsubscribe(in, eventTypes...)
	defer context.AfterFunc(ctx, discard)()
	source.guard(func() {
		in.each(func(messages []message) bool {
			for i := range messages {
				if i > 0 {
					in.breathe()
				}
				if in.cut.Load() {
					return false
				}
				concerned := handlers[messages[i].eventType]
				if messages[i].batch.gap != nil {
					concerned = all
				}
				for _, handle := range concerned {
					if !handle(&messages[i]) {
						return false
					}
				}
			}
			return true
		})
	})
	return in.reason()
}
