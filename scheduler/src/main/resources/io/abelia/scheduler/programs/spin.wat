;; Never ends.
(module
  (memory (export "memory") 1)
  (func (export "_start") (loop $for_ever (br_if $for_ever (i32.const 1)))))
