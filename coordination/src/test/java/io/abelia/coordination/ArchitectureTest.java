package io.abelia.coordination;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The rules of this module, in sentences. */
@AnalyzeClasses(
        packages = "io.abelia.coordination",
        importOptions = {ImportOption.DoNotIncludeTests.class, ImportOption.DoNotIncludeJars.class})
class ArchitectureTest {
    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES =
            slices().matching("io.abelia.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule THE_ORDERED_STATE_KNOWS_NO_CLUSTER = noClasses()
            .that()
            .resideInAnyPackage("..state..", "..wire..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.aeron..", "io.abelia.coordination.member..", "io.abelia.coordination.client..");

    @ArchTest
    static final ArchRule MEMBERS_KNOW_NO_CLIENTS = noClasses()
            .that()
            .resideInAnyPackage("..member..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.abelia.coordination.client..");
}
