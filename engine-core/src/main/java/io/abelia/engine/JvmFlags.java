package io.abelia.engine;

import java.lang.module.ModuleDescriptor;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Says at launch, in one line to copy, which JVM flags are missing; without them the failure would be a riddle deep inside. */
final class JvmFlags {
    private static final String ALL = "=ALL-UNNAMED";
    private static final int FIRST_TO_WARN_OF_UNSAFE = 24;

    private JvmFlags() {}

    static void require(final StoreKind store) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException("the engine runs on little-endian machines only");
        }
        final List<String> missing = new ArrayList<>();
        opens(missing, "jdk.internal.misc");
        if (store == StoreKind.CHRONICLE) {
            opens(missing, "java.lang");
            opens(missing, "java.lang.reflect");
            exports(missing, "sun.nio.ch");
            exports(missing, "jdk.internal.ref");
            compiler(missing);
        }
        if (!missing.isEmpty()) {
            if (Runtime.version().feature() >= FIRST_TO_WARN_OF_UNSAFE) {
                missing.add("--sun-misc-unsafe-memory-access=allow");
            }
            throw new IllegalStateException("the JVM was started without flags that the engine needs. Add:\n  "
                    + String.join(" ", missing)
                    + (store == StoreKind.CHRONICLE
                            ? "\nor use EngineContext.store(StoreKind.MEMORY), which needs only the flag of jdk.internal.misc"
                            : ""));
        }
    }

    /** Chronicle Map compiles one class at its first use. */
    private static void compiler(final List<String> missing) {
        final Module compiler = ModuleLayer.boot()
                .findModule("jdk.compiler")
                .orElseThrow(
                        () -> new IllegalStateException(
                                "this Java runtime has no module jdk.compiler, which Chronicle Map"
                                        + " needs: use a full JDK, add the module to the image, or use EngineContext.store(StoreKind.MEMORY)"));
        if (!compiler.isExported("com.sun.tools.javac.file", JvmFlags.class.getModule())) {
            missing.add("--add-exports=jdk.compiler/com.sun.tools.javac.file" + ALL);
        }
    }

    private static void opens(final List<String> missing, final String packageName) {
        if (!Object.class.getModule().isOpen(packageName, JvmFlags.class.getModule())) {
            missing.add("--add-opens=java.base/" + packageName + ALL);
        }
    }

    private static void exports(final List<String> missing, final String packageName) {
        final Module base = Object.class.getModule();
        if (!base.isExported(packageName, JvmFlags.class.getModule())
                && base.getDescriptor().packages().contains(packageName)
                && base.getDescriptor().modifiers().stream().noneMatch(ModuleDescriptor.Modifier.OPEN::equals)) {
            missing.add("--add-exports=java.base/" + packageName + ALL);
        }
    }
}
