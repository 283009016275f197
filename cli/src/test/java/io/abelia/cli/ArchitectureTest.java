package io.abelia.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.cli",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONE_CLASS_SPEAKS_HTTP = noClasses()
            .that()
            .haveNameNotMatching("io\\.abelia\\.cli\\.NodeClient.*")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net.http..");

    @ArchTest
    static final ArchRule COMMANDS_REACH_A_NETWORK_THROUGH_A_NODE_ONLY =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("io.aeron..", "io.javalin..");
}
