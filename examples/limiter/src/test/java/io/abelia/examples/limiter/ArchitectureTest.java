package io.abelia.examples.limiter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.examples.limiter",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule AN_APPLICATION_USES_THE_API_ONLY = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.abelia.engine.apply..",
                    "io.abelia.engine.state..",
                    "io.abelia.engine.log..",
                    "io.abelia.engine.crdt..",
                    "io.abelia.engine.replicate..");
}
