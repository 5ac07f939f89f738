//go:build !js

package main

import (
	"bytes"
	"cmp"
	"debug/gosym"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// symbols are the Go functions of a js/wasm binary, which the browser knows by
// the offset of their code alone: the go command leaves the names out of a test
// binary that it does not keep. The table that Go's own stacks are made from is
// always there.
type symbols struct {
	starts []int // offsets of the functions' code in the binary, ascending
	funcs  map[int]function
}

// function is a Go function as its stacks name it.
type function struct {
	name, file string
	line       int // where it begins
}

// Sections of a WebAssembly module that are read here.
const (
	sectionImport = 2
	sectionCode   = 10
	sectionData   = 11
)

// readSymbols reads the tables of a binary that cmd/link wrote.
func readSymbols(wasm []byte) (s *symbols, err error) {
	defer func() {
		if recover() != nil { // an index out of range
			s, err = nil, errors.New("the binary's tables are cut off or not those of a Go program")
		}
	}()
	if !bytes.HasPrefix(wasm, []byte("\x00asm\x01\x00\x00\x00")) {
		return nil, errors.New("the binary is not a WebAssembly module")
	}
	var memory []byte
	s = new(symbols)
	for r := (&module{wasm, 8}); r.at < len(wasm); {
		id, size := r.byte(), r.number()
		end := r.at + size
		switch id {
		case sectionCode:
			s.starts = r.codeStarts()
		case sectionData:
			memory = r.memory()
		}
		r.at = end
	}
	s.funcs, err = goFunctions(memory)
	return s, err
}

// at returns the function whose code is at an offset in the binary.
func (s *symbols) at(offset int) (function, bool) {
	i, found := slices.BinarySearch(s.starts, offset)
	if !found {
		i-- // the one that begins before
	}
	f, ok := s.funcs[i]
	return f, ok
}

// module reads a WebAssembly module from an offset on.
type module struct {
	bytes []byte
	at    int
}

func (m *module) byte() byte {
	m.at++
	return m.bytes[m.at-1]
}

// number reads an unsigned LEB128.
func (m *module) number() int {
	value, n := binary.Uvarint(m.bytes[m.at:])
	if n <= 0 {
		panic("no number") // readSymbols recovers
	}
	m.at += n
	return int(value)
}

func (m *module) codeStarts() []int {
	starts := make([]int, m.number())
	for i := range starts {
		size := m.number()
		starts[i] = m.at
		m.at += size
	}
	return starts
}

// memory returns the memory as it is before the program begins.
func (m *module) memory() []byte {
	type segment struct {
		at    int
		bytes []byte
	}
	segments := make([]segment, m.number())
	for i := range segments {
		m.at += 2 // that it is in memory 0, and i32.const
		segments[i].at = m.signed()
		m.at++ // end
		size := m.number()
		segments[i].bytes = m.bytes[m.at : m.at+size]
		m.at += size
	}
	last := slices.MaxFunc(segments, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	memory := make([]byte, last.at+len(last.bytes))
	for _, segment := range segments {
		copy(memory[segment.at:], segment.bytes)
	}
	return memory
}

// signed reads a signed LEB128.
func (m *module) signed() int {
	value, shift := 0, 0
	for {
		b := m.byte()
		value |= int(b&0x7f) << shift
		shift += 7
		if b&0x80 == 0 {
			if b&0x40 != 0 {
				value -= 1 << shift
			}
			return value
		}
	}
}

// tableStart is what the table of functions begins with since Go 1.20: a magic
// number, and the sizes of instructions and pointers on wasm.
var tableStart = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// goFunctions returns Go's functions by their number among those that the module
// defines: in a wasm binary the addresses in the table are numbers.
func goFunctions(memory []byte) (map[int]function, error) {
	start := bytes.Index(memory, tableStart)
	if start < 0 {
		return nil, errors.New("the binary has no table of Go's functions")
	}
	lines := gosym.NewLineTable(memory[start:], 0)
	table, err := gosym.NewTable(nil, lines)
	if err != nil {
		return nil, fmt.Errorf("reading the table of Go's functions: %w", err)
	}
	functions := make(map[int]function, len(table.Funcs))
	for _, f := range table.Funcs {
		file, line, _ := table.PCToLine(f.Entry)
		functions[int(f.Entry-table.Funcs[0].Entry)] = function{name: f.Name, file: file, line: line}
	}
	return functions, nil
}
