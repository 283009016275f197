package io.abelia.replication;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.replication",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_THE_TRANSPORT_SENDS_AND_RECEIVES = noClasses()
            .that()
            .resideOutsideOfPackages("..transport..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aeron", "io.aeron.logbuffer..");

    @ArchTest
    static final ArchRule THE_TRANSPORT_KNOWS_THE_PORT_AND_NOT_THE_ENGINE = noClasses()
            .that()
            .resideInAnyPackage("..transport..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.abelia.engine",
                    "io.abelia.engine.apply..",
                    "io.abelia.engine.state..",
                    "io.abelia.engine.log..",
                    "io.abelia.engine.transaction..");

    @ArchTest
    static final ArchRule PROTECTION_KNOWS_BYTES_ONLY = noClasses()
            .that()
            .resideInAnyPackage("..security..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aeron..", "io.abelia.engine..", "io.abelia.replication.transport..");
}
