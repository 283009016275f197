package io.abelia.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.testkit",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_TEST_KIT_USES_NO_NETWORK_AND_NO_FILE = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aeron..", "java.net..", "java.nio.file..", "java.nio.channels..");

    @ArchTest
    static final ArchRule THE_TEST_KIT_STARTS_NO_THREAD =
            noClasses().should().dependOnClassesThat().haveFullyQualifiedName("java.lang.Thread");
}
