;; Counts the bytes and lines of its standard input, and writes "BYTES LINES\n".
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; 0: iovec, 8: how much, 64..: text, 4096..: input
  (global $end (mut i32) (i32.const 128))
  (func $digit (param $char i32)
    (global.set $end (i32.sub (global.get $end) (i32.const 1)))
    (i32.store8 (global.get $end) (local.get $char)))
  (func $number (param $n i32)
    (loop $next
      (call $digit (i32.add (i32.const 48) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $next (local.get $n))))
  (func (export "_start")
    (local $bytes i32) (local $lines i32) (local $got i32) (local $i i32)
    (block $done
      (loop $more
        (i32.store (i32.const 0) (i32.const 4096))
        (i32.store (i32.const 4) (i32.const 65536))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (local.set $got (i32.load (i32.const 8)))
        (br_if $done (i32.eqz (local.get $got)))
        (local.set $bytes (i32.add (local.get $bytes) (local.get $got)))
        (local.set $i (i32.const 0))
        (loop $char
          (local.set $lines (i32.add (local.get $lines)
            (i32.eq (i32.load8_u (i32.add (i32.const 4096) (local.get $i))) (i32.const 10))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br_if $char (i32.lt_u (local.get $i) (local.get $got))))
        (br $more)))
    (call $digit (i32.const 10))
    (call $number (local.get $lines))
    (call $digit (i32.const 32))
    (call $number (local.get $bytes))
    (i32.store (i32.const 0) (global.get $end))
    (i32.store (i32.const 4) (i32.sub (i32.const 128) (global.get $end)))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
