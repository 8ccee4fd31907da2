package main

import (
	"fmt"
	"os"
	"reflect"
	"strings"
)

// A story counts checks and prints them as TAP.
type story struct {
	count, failed int
}

// check is one check: what should be so, what was seen, what was wanted.
func (s *story) check(what string, seen, wanted any) {
	s.tell(reflect.DeepEqual(seen, wanted), what)
	if !reflect.DeepEqual(seen, wanted) {
		fmt.Printf("# wanted %#v\n# seen   %#v\n", wanted, seen)
	}
}

// refused is one check: the call failed, and its error says so.
func (s *story) refused(what string, err error, said string) {
	s.tell(err != nil && strings.Contains(err.Error(), said), what)
	if err == nil || !strings.Contains(err.Error(), said) {
		fmt.Printf("# wanted an error with %q\n# seen   %v\n", said, err)
	}
}

func (s *story) tell(right bool, what string) {
	s.count++
	word := "ok"
	if !right {
		s.failed++
		word = "not ok"
	}
	fmt.Printf("%s %d - %s\n", word, s.count, what)
}

// end closes the story; an error that was no check makes it a failed one.
func (s *story) end() {
	if trouble := recover(); trouble != nil {
		text := strings.ReplaceAll(fmt.Sprint(trouble), "\n", " ")
		s.tell(false, "the story is told to its end: "+text)
	}
	fmt.Printf("1..%d\n", s.count)
	if s.failed > 0 {
		os.Exit(1)
	}
}

// must is for what has to succeed for the story to go on.
func must[T any](value T, err error) T {
	done(err)
	return value
}

func done(err error) {
	if err != nil {
		panic(err)
	}
}

// each lists one thing about every item.
func each[T any](items []T, what func(T) string) []string {
	list := []string{}
	for _, item := range items {
		list = append(list, what(item))
	}
	return list
}
