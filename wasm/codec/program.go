package codec

import (
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
)

// program is the compiled decoder of one Go type.
type program struct {
	key  pointer // the word that says "pointer to this type" in an any
	typ  reflect.Type
	size uintptr
	root *node // nil: the type is for encoding/json

	// own is the decoder, with its buffer and its strings, unless it is busy:
	// another goroutine may decode, or the same one further up. Then one more
	// is made.
	own  decoder
	busy uint32
}

// oneThread says that there is nothing another goroutine does between two
// statements without a call. There, words do what package sync/atomic does, each of
// whose functions is two calls that take as long as a field.
const oneThread = runtime.GOARCH == "wasm"

// occupy reports whether the decoder was free, and takes it.
func (p *program) occupy() bool {
	if !oneThread {
		return atomic.CompareAndSwapUint32(&p.busy, 0, 1)
	}
	free := p.busy == 0
	p.busy = 1
	return free
}

// leave lets go of the decoder.
func (p *program) leave() {
	if oneThread {
		p.busy = 0
	} else {
		atomic.StoreUint32(&p.busy, 0)
	}
}

// programs has every program by its key. A Go program has a fixed set of types,
// as encoding/json's own cache supposes too.
var programs sync.Map

// recent has the programs used last, because looking into a sync.Map costs
// more than decoding a field. Two types that share a slot displace each other.
var recent [64]atomic.Pointer[program]

// programFor returns the program for what v points to.
func programFor(key pointer, v any) *program {
	slot := &recent[scatter(key)%uintptr(len(recent))]
	if p := slot.Load(); p != nil && p.key == key {
		return p
	}
	found, ok := programs.Load(key)
	if !ok {
		found, _ = programs.LoadOrStore(key, newProgram(key, reflect.TypeOf(v)))
	}
	p := found.(*program)
	slot.Store(p)
	return p
}

func newProgram(key pointer, t reflect.Type) *program {
	p := &program{key: key, typ: t}
	if t.Kind() != reflect.Pointer {
		return p
	}
	p.typ = t.Elem()
	p.size = p.typ.Size()
	p.root, p.own.spares = compile(p.typ)
	return p
}

// decodeCompiled decodes data into what v points to and reports whether it
// could. If not, v is as it was before, and encoding/json has to decide.
//
// Only zero values are decoded into: encoding/json merges into what is there,
// in ways of their own for each kind of type, and a value that was zero can be
// made zero again when something turns up that this decoder does not know.
func decodeCompiled(data []byte, v any, strict bool) bool {
	key, target := parts(v)
	if key == nil || target == nil {
		return false
	}
	p := programFor(key, v)
	return isClear(target, p.size) && p.decode(data, target, strict)
}

// decode decodes data into the zero value at target and reports whether it could.
// If not, that is zero again.
func (p *program) decode(data []byte, target pointer, strict bool) (ok bool) {
	if p.root == nil {
		return false
	}
	if p.occupy() {
		ok = p.own.decode(p.root, data, target, strict)
		p.leave()
	} else {
		d := decoder{spares: make([]spare, len(p.own.spares))}
		ok = d.decode(p.root, data, target, strict)
	}
	if !ok {
		valueAt(p.typ, target).SetZero()
	}
	return ok
}
