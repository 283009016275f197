package io.abelia.engine.crdt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.abelia.engine.codec.CellType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.Group;

/** Every data type inherits {@link Laws}. */
@SuppressWarnings("ClassCanBeStatic") // groups must be inner classes
class LawsTest {
    @Example
    void shouldHoldEveryTypeToTheLaws() {
        final Set<String> held = new TreeSet<>();
        for (final Class<?> group : LawsTest.class.getDeclaredClasses()) {
            held.add(group.getSimpleName().toUpperCase(Locale.ROOT));
        }
        final Set<String> types = new TreeSet<>();
        EnumSet.allOf(CellType.class).forEach(type -> types.add(type.name().replace("_", "")));
        assertEquals(types, held, () -> Arrays.toString(CellType.values()));
    }

    @Group
    class Counter extends Laws {
        Counter() {
            super(CellType.COUNTER);
        }
    }

    @Group
    class DoubleSum extends Laws {
        DoubleSum() {
            super(CellType.DOUBLE_SUM);
        }
    }

    @Group
    class Product extends Laws {
        Product() {
            super(CellType.PRODUCT);
        }
    }

    @Group
    class Max extends Laws {
        Max() {
            super(CellType.MAX);
        }
    }

    @Group
    class Min extends Laws {
        Min() {
            super(CellType.MIN);
        }
    }

    @Group
    class MaxDouble extends Laws {
        MaxDouble() {
            super(CellType.MAX_DOUBLE);
        }
    }

    @Group
    class MinDouble extends Laws {
        MinDouble() {
            super(CellType.MIN_DOUBLE);
        }
    }

    @Group
    class FlagOr extends Laws {
        FlagOr() {
            super(CellType.FLAG_OR);
        }
    }

    @Group
    class FlagAnd extends Laws {
        FlagAnd() {
            super(CellType.FLAG_AND);
        }
    }

    @Group
    class EnableWins extends Laws {
        EnableWins() {
            super(CellType.ENABLE_WINS);
        }
    }

    @Group
    class DisableWins extends Laws {
        DisableWins() {
            super(CellType.DISABLE_WINS);
        }
    }

    @Group
    class GrowSet extends Laws {
        GrowSet() {
            super(CellType.GROW_SET);
        }
    }

    @Group
    class IntersectSet extends Laws {
        IntersectSet() {
            super(CellType.INTERSECT_SET);
        }
    }

    @Group
    class AddWinsSet extends Laws {
        AddWinsSet() {
            super(CellType.ADD_WINS_SET);
        }
    }

    @Group
    class RemoveWinsSet extends Laws {
        RemoveWinsSet() {
            super(CellType.REMOVE_WINS_SET);
        }
    }

    @Group
    class MvRegister extends Laws {
        MvRegister() {
            super(CellType.MV_REGISTER);
        }
    }

    @Group
    class LwwRegister extends Laws {
        LwwRegister() {
            super(CellType.LWW_REGISTER);
        }
    }

    @Group
    class FirstWriterRegister extends Laws {
        FirstWriterRegister() {
            super(CellType.FIRST_WRITER_REGISTER);
        }
    }

    @Group
    class BoundedCounter extends Laws {
        BoundedCounter() {
            super(CellType.BOUNDED_COUNTER);
        }
    }

    @Group
    class Sketch extends Laws {
        Sketch() {
            super(CellType.SKETCH);
        }
    }
}
