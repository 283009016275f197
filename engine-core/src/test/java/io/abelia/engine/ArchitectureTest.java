package io.abelia.engine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows of ARCHITECTURE.md. */
@AnalyzeClasses(packages = "io.abelia.engine", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONE_CLASS_KNOWS_CHRONICLE_MAP = noClasses()
            .that()
            .haveNameNotMatching("io\\.abelia\\.engine\\.state\\.ChronicleBlockMap.*")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.openhft..");

    @ArchTest
    static final ArchRule THE_ENGINE_KNOWS_NO_AERON =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("io.aeron..");

    @ArchTest
    static final ArchRule NOTHING_BELOW_KNOWS_THE_FACADE = noClasses()
            .that()
            .resideInAnyPackage(
                    "..clock..",
                    "..codec..",
                    "..crdt..",
                    "..state..",
                    "..log..",
                    "..apply..",
                    "..transaction..",
                    "..schema..",
                    "..snapshot..",
                    "..observe..",
                    "..status..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.abelia.engine");

    @ArchTest
    static final ArchRule THE_LOG_KNOWS_NO_STATE = noClasses()
            .that()
            .resideInAPackage("..log..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("..state..", "..crdt..", "..transaction..", "..apply..");

    @ArchTest
    static final ArchRule FILE_WORK_KNOWS_NOTHING_OF_THE_ENGINE = noClasses()
            .that()
            .resideInAPackage("..file..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "..log..", "..state..", "..snapshot..", "..apply..", "..transaction..", "io.abelia.engine");

    @ArchTest
    static final ArchRule ONLY_THE_APPLIER_RUNS_EFFECTS = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.abelia.engine.apply.Applier")
            .should()
            .callMethod(
                    io.abelia.engine.crdt.DataType.class,
                    "apply",
                    io.abelia.engine.codec.Operation.class,
                    io.abelia.engine.crdt.EffectContext.class);

    @ArchTest
    static final ArchRule LOCKS_KNOW_NOTHING_ELSE = noClasses()
            .that()
            .resideInAPackage("..lock..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.abelia..").and(not(resideInAPackage("..lock.."))));
}
