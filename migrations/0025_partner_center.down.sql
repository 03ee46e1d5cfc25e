drop table partner_center_referrals;
drop table partner_center;
