"""Which sum of money a category means: the code of the payer's own system first, then the half beside it."""

from dataclasses import dataclass

from tests.oracle.tree import Node, codings, text

# The names CMS gives to sums (Blue Button v2 and v3), by concept. Order matters: of several
# alternatives at one place the first counts. Names that are absent here never enter a sum.
CMS = {
    "billed": "clm_tot_chrg_amt nch_carr_clm_sbmtd_chrg_amt line_sbmtd_chrg_amt rev_cntr_tot_chrg_amt "
    "clm_sbmt_chrg_amt clm_line_sbmt_chrg_amt",
    "allowed": "line_alowd_chrg_amt nch_carr_clm_alowd_amt clm_alowd_chrg_amt clm_line_alowd_chrg_amt",
    "benefit": "line_nch_pmt_amt rev_cntr_pmt_amt_amt cvrd_d_plan_pd_amt clm_line_cvrd_pd_amt",
    "paid to provider": "line_prvdr_pmt_amt rev_cntr_prvdr_pmt_amt nch_clm_prvdr_pmt_amt "
    "clm_op_prvdr_pmt_amt clm_prvdr_pmt_amt clm_line_prvdr_pmt_amt",
    "paid to patient": "line_bene_pmt_amt rev_cntr_bene_pmt_amt nch_clm_bene_pmt_amt clm_op_bene_pmt_amt "
    "clm_bene_pd_amt clm_mdcr_instnl_bene_pd_amt clm_line_bene_pd_amt",
    "liability": "clm_cob_ptnt_resp_amt",
    "deductible": "line_bene_ptb_ddctbl_amt rev_cntr_cash_ddctbl_amt carr_clm_cash_ddctbl_apld_amt "
    "nch_bene_ptb_ddctbl_amt nch_bene_ip_ddctbl_amt clm_mdcr_ddctbl_amt clm_line_mdcr_ddctbl_amt "
    "clm_mdcr_ip_bene_ddctbl_amt",
    "blood deductible": "rev_cntr_blood_ddctbl_amt nch_bene_blood_ddctbl_lblty_am clm_line_blood_ddctbl_amt "
    "clm_blood_lblty_amt",
    "coinsurance": "line_coinsrnc_amt rev_cntr_coinsrnc_wge_adjstd_c rev_cntr_rdcd_coinsrnc_amt "
    "nch_bene_ptb_coinsrnc_amt nch_bene_pta_coinsrnc_lblty_amt clm_mdcr_coinsrnc_amt "
    "clm_bene_pmt_coinsrnc_amt clm_line_mdcr_coinsrnc_amt clm_line_instnl_adjstd_amt "
    "clm_line_instnl_rdcd_amt",
    "not covered": "rev_cntr_ncvrd_chrg_amt nch_ip_ncvrd_chrg_amt clm_ncvrd_chrg_amt clm_line_ncvrd_chrg_amt",
    "drug cost": "tot_rx_cst_amt",
    "extra help": "lics_amt clm_line_lis_amt",
    "manufacturer": "rptd_gap_dscnt_num clm_line_rptd_gap_dscnt_amt clm_rptd_mftr_dscnt_amt",
    "discount": "clm_line_dmerc_scrn_svgs_amt",
    "paid by patient": "ptnt_pay_amt rev_cntr_ptnt_rspnsblty_pmt clm_bene_pmt_amt clm_line_bene_pmt_amt",
    "second payer": "rev_cntr_2nd_msp_pd_amt clm_line_instnl_msp2_pd_amt",
    "other payer": "line_bene_prmry_pyr_pd_amt rev_cntr_1st_msp_pd_amt prpayamt clm_othr_tp_pd_amt "
    "clm_line_othr_tp_pd_amt clm_line_instnl_msp1_pd_amt clm_bene_prmry_pyr_pd_amt "
    "clm_mdcr_instnl_prmry_pyr_amt clm_mdcr_prfnl_prmry_pyr_amt othr_troop_amt plro_amt clm_line_plro_amt "
    "clm_line_troop_tot_amt",
}
# What stands beside those names and is no sum of the money story, or never one to be added.
CMS_APART = (
    "rev_cntr_rate_amt line_dme_prchs_price_amt line_prmry_alowd_chrg_amt gdc_blw_oopt_amt gdc_abv_oopt_amt "
    "nch_ip_tot_ddctn_amt nch_profnl_cmpnt_chrg_amt line_prcsg_ind_cd"
)
PLAIN = {
    "billed": "submitted",
    "allowed": "eligible allowed",
    "benefit": "benefit payment",
    "paid to provider": "paidtoprovider",
    "paid to patient": "paidtopatient",
    "liability": "memberliability",
    "deductible": "deductible unallocdeduct",
    "copay": "copay copayment",
    "coinsurance": "coinsurance coins",
    "not covered": "noncovered disallowed",
    "drug cost": "drugcost",
    "paid by patient": "paidbypatient patientpay",
    "other payer": "priorpayerpaid cob",
    "discount": "discount",
}
COMMON = 1000  # from here on the rank of words that payers share


@dataclass(frozen=True, slots=True)
class Category:
    """What a category means: a concept ("" for none), the name it is known by, its rank."""

    concept: str = ""
    name: str = ""
    rank: int = 0

    @property
    def is_cms(self) -> bool:
        """True where a name of CMS's decided, not a word that payers share."""
        return bool(self.name) and self.rank < COMMON


def _table(concepts: dict[str, str], start: int) -> dict[str, Category]:
    names = [(name, concept) for concept, row in concepts.items() for name in row.split()]
    return {name: Category(concept, name, start + rank) for rank, (name, concept) in enumerate(names)}


_CMS = {**{name: Category("", name) for name in CMS_APART.split()}, **_table(CMS, 0)}
_PLAIN = _table(PLAIN, COMMON)


def is_cms(system: str, code: str) -> bool:
    """Say whether a coding is one of CMS's: by its system, or by a name of CMS's under another's system."""
    name = code.rsplit("/", 1)[-1]
    return "bluebutton.cms.gov" in system or name.lower() in _CMS or (name.isupper() and "_" in name)


def category(concept: Node) -> Category:
    """Return what the category of a sum means; a CMS name decides over the common code beside it."""
    pairs = list(codings(concept))
    cms = [code.rsplit("/", 1)[-1].lower() for system, code in pairs if is_cms(system, code)]
    known = [name for name in cms if name in _CMS]
    if known:
        return _cms_category(known[0], {code.lower() for _system, code in pairs})
    if any("_" in name for name in cms):
        return Category("", cms[0])  # a CMS name that no table holds: shown by itself, never summed
    plain = [code for _system, code in pairs] or [text(concept, "text")]
    matches = [_PLAIN[code] for code in map(_plain, plain) if code in _PLAIN]
    return matches[0] if matches else Category()


def _cms_category(name: str, halves: set[str]) -> Category:
    # Carrier and equipment claims carry this name with 0 as another payer's payment: it is no charge.
    if name == "clm_tot_chrg_amt" and "priorpayerpaid" in halves:
        return Category("", name)
    return _CMS[name]


def _plain(code: str) -> str:
    code = code.strip().lower()
    return code.removesuffix("amount").strip()
