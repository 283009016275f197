;; Counts to 1,500,000,000, which takes a second or a few, and writes "burnt\n".
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 100) "burnt\n")
  (global $sum (mut i32) (i32.const 0))
  (func (export "_start")
    (local $i i32)
    (loop $again
      (global.set $sum (i32.xor (i32.mul (global.get $sum) (i32.const 31)) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $i) (i32.const 1500000000))))
    (i32.store (i32.const 0) (i32.const 100))
    (i32.store (i32.const 4) (i32.const 6))
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
