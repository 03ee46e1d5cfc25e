drop table lead_moves;
