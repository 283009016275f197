package io.abelia.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.node",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule TWO_CLASSES_KNOW_THE_HTTP_SERVER = noClasses()
            .that()
            .haveNameNotMatching("io\\.abelia\\.node\\.(HttpApi|Request).*")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.javalin..");

    @ArchTest
    static final ArchRule THE_NODE_KNOWS_NO_COMMAND_LINE_AND_NO_AERON =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("picocli..", "io.aeron..");
}
